"""ledger."""

import sqlalchemy as sa
from alembic import op

revision = "0008"
down_revision = "0007"
branch_labels = None
depends_on = None

# The functions run with the caller's rights, under row security, and name the tenant themselves
# so that every look-up is by primary key. Of the two accounts the one with the lower id is
# changed first, so two transfers never wait for each other crosswise. A refusal gives back what
# was changed before it, without a sub-transaction, which would cost more than the transfer.
# A plan made while a table was empty must not read it whole when it has grown: no sequential scans
# where rows are looked for by key.
# `net` is debits less credits; a debit can only take it above its upper bound, a credit only below
# its lower one, and it is the same whether an amount is moved or set aside.
_MOVE = {
    "debit": """
      UPDATE ledger_account a
      SET posted_debit_fen = a.posted_debit_fen + posted,
          pending_debit_fen = a.pending_debit_fen + held
      WHERE a.tenant_id = tenant AND a.id = debit
        AND a.posted_debit_fen - a.posted_credit_fen + a.pending_debit_fen + amount
          <= coalesce(a.net_max_fen, 9223372036854775807)""",
    "credit": """
      UPDATE ledger_account a
      SET posted_credit_fen = a.posted_credit_fen + posted,
          pending_credit_fen = a.pending_credit_fen + held
      WHERE a.tenant_id = tenant AND a.id = credit
        AND a.posted_debit_fen - a.posted_credit_fen - a.pending_credit_fen - amount
          >= coalesce(a.net_min_fen, -9223372036854775808)""",
}
_RUNNING = """
        AND NOT EXISTS (SELECT FROM ledger_state s
          WHERE s.tenant_id = tenant AND s.stop_id IS NOT NULL)"""
_BACK = """
      UPDATE ledger_account a
      SET posted_{side}_fen = a.posted_{side}_fen - posted,
          pending_{side}_fen = a.pending_{side}_fen - held
      WHERE a.tenant_id = tenant AND a.id = {side};"""


def _move(side: str, guard: str = "") -> str:
    return f"{_MOVE[side].strip()}{guard};"


def _back(side: str) -> str:
    return _BACK.format(side=side).strip()


# Only payouts and reversals can meet another row than one of the same key.
_INSERT = """
      INSERT INTO ledger_transfer (tenant_id, id, debit_account_id, credit_account_id, amount_fen,
        kind, ref_kind, ref_id, phase, expires_at, reverses_id, reason, payout_round,
        booked_at, effective_on, key, input_hash)
      VALUES (tenant, new_id, debit, credit, amount, new_kind, about_kind, about_id, new_phase,
        expires, taken_back, why, dead, moment,
        coalesce(effective, (moment AT TIME ZONE 'Asia/Shanghai')::date), new_key, new_hash)
      {conflict};"""


def _insert(conflict: str) -> str:
    return _INSERT.format(conflict=conflict).strip()


POST = f"""
CREATE FUNCTION ledger_post(
  new_id uuid, new_key text, new_hash bytea, debit uuid, credit uuid, amount bigint,
  new_kind text, about_kind text, about_id uuid, effective date, new_phase text,
  expires timestamptz, taken_back uuid, why text, is_payout boolean,
  OUT outcome text, OUT transfer_id uuid)
LANGUAGE plpgsql AS $$
DECLARE
  tenant constant int := current_setting('app.tenant_id')::int;
  moment constant timestamptz := current_setting('app.now')::timestamptz;
  held constant bigint := CASE new_phase WHEN 'PENDING' THEN amount ELSE 0 END;
  posted constant bigint := amount - held;
  is_paid boolean := false;
  has_moved boolean;
  former_hash bytea;
  dead smallint;
BEGIN
  IF debit = credit THEN
    outcome := 'SAME_ACCOUNT';
    RETURN;
  END IF;
  FOR tries IN 1..20 LOOP
    IF is_payout THEN
      is_paid := ledger_has_payout(tenant, about_kind, about_id);
      SELECT count(*) INTO dead FROM ledger_transfer p
      WHERE p.tenant_id = tenant AND p.ref_kind = about_kind AND p.ref_id = about_id
        AND p.payout_round IS NOT NULL AND ledger_is_dead(tenant, p.id);
    END IF;
    has_moved := false;
    IF is_paid THEN
      NULL;
    ELSIF debit < credit THEN
      {_move("debit", _RUNNING)}
      IF FOUND THEN
        {_move("credit")}
        has_moved := FOUND;
        IF NOT has_moved THEN
          {_back("debit")}
        END IF;
      END IF;
    ELSE
      {_move("credit", _RUNNING)}
      IF FOUND THEN
        {_move("debit")}
        has_moved := FOUND;
        IF NOT has_moved THEN
          {_back("credit")}
        END IF;
      END IF;
    END IF;
    IF has_moved THEN
      IF is_payout OR taken_back IS NOT NULL THEN
        {_insert("ON CONFLICT DO NOTHING")}
      ELSE
        {_insert("ON CONFLICT (tenant_id, key) DO NOTHING")}
      END IF;
      IF FOUND THEN
        outcome := 'DONE';
        transfer_id := new_id;
        RETURN;
      END IF;
      {_back("debit")}
      {_back("credit")}
    END IF;
    -- A retry is answered as the first try was, whatever the accounts say now.
    SELECT t.id, t.input_hash INTO transfer_id, former_hash FROM ledger_transfer t
    WHERE t.tenant_id = tenant AND t.key = new_key;
    IF FOUND THEN
      outcome := CASE WHEN former_hash = new_hash THEN 'REPLAYED' ELSE 'KEY_REUSED' END;
      RETURN;
    END IF;
    IF is_paid THEN
      outcome := 'PAYOUT_LIVE';
    ELSIF NOT has_moved THEN
      outcome := ledger_refusal(tenant, debit, credit, amount);
    ELSIF taken_back IS NOT NULL AND EXISTS (SELECT FROM ledger_transfer t
        WHERE t.tenant_id = tenant AND t.reverses_id = taken_back) THEN
      outcome := 'ALREADY_REVERSED';
    END IF;
    IF outcome IS NOT NULL THEN
      RETURN;
    END IF;
    -- What stood in the way has gone meanwhile: once more.
  END LOOP;
  RAISE EXCEPTION 'a transfer found no end of changes beside it'
    USING ERRCODE = 'serialization_failure';
END $$
"""  # noqa: S608 - constants

_ABOVE = "d.posted_debit_fen - d.posted_credit_fen + d.pending_debit_fen + amount > d.net_max_fen"
_BELOW = "c.posted_debit_fen - c.posted_credit_fen - c.pending_credit_fen - amount < c.net_min_fen"
REFUSAL = f"""
CREATE FUNCTION ledger_refusal(tenant int, debit uuid, credit uuid, amount bigint)
RETURNS text LANGUAGE plpgsql AS $$
DECLARE
  d ledger_account;
  c ledger_account;
BEGIN
  SELECT * INTO d FROM ledger_account a WHERE a.tenant_id = tenant AND a.id = debit;
  SELECT * INTO c FROM ledger_account a WHERE a.tenant_id = tenant AND a.id = credit;
  RETURN CASE
    WHEN d.id IS NULL OR c.id IS NULL THEN 'ACCOUNT_UNKNOWN'
    WHEN EXISTS (SELECT FROM ledger_state s
      WHERE s.tenant_id = tenant AND s.stop_id IS NOT NULL) THEN 'POSTINGS_STOPPED'
    WHEN d.normal_side = 'CREDIT' AND {_ABOVE} OR c.normal_side = 'DEBIT' AND {_BELOW}
      THEN 'EXCEEDS_BALANCE'
    WHEN {_ABOVE} OR {_BELOW} THEN 'EXCEEDS_LIMIT' END;
END $$
"""  # noqa: S608 - constants

IS_DEAD = """
CREATE FUNCTION ledger_is_dead(tenant int, payout uuid)
RETURNS boolean LANGUAGE sql AS $$
  SELECT EXISTS (SELECT FROM ledger_transfer r
      WHERE r.tenant_id = tenant AND r.reverses_id = payout)
    OR EXISTS (SELECT FROM ledger_transfer r
      WHERE r.tenant_id = tenant AND r.pending_id = payout
        AND (r.phase <> 'POST' OR EXISTS (SELECT FROM ledger_transfer b
          WHERE b.tenant_id = tenant AND b.reverses_id = r.id)))
$$
"""

HAS_PAYOUT = """
CREATE FUNCTION ledger_has_payout(tenant int, about_kind text, about_id uuid)
RETURNS boolean LANGUAGE sql AS $$
  SELECT EXISTS (SELECT FROM ledger_transfer p
    WHERE p.tenant_id = tenant AND p.ref_kind = about_kind AND p.ref_id = about_id
      AND p.payout_round IS NOT NULL AND NOT ledger_is_dead(tenant, p.id))
$$
"""

RESOLVE = """
CREATE FUNCTION ledger_resolve(
  new_id uuid, new_key text, new_hash bytea, pending uuid, new_phase text, amount bigint,
  OUT outcome text, OUT transfer_id uuid)
LANGUAGE plpgsql SET enable_seqscan = off AS $$
DECLARE
  tenant constant int := current_setting('app.tenant_id')::int;
  moment constant timestamptz := current_setting('app.now')::timestamptz;
  former ledger_transfer;
  part bigint;
  resolved text;
BEGIN
  FOR tries IN 1..20 LOOP
    SELECT * INTO former FROM ledger_transfer t WHERE t.tenant_id = tenant AND t.key = new_key;
    IF FOUND THEN
      transfer_id := former.id;
      outcome := CASE WHEN former.input_hash = new_hash THEN 'REPLAYED' ELSE 'KEY_REUSED' END;
      RETURN;
    END IF;
    SELECT * INTO former FROM ledger_transfer t
    WHERE t.tenant_id = tenant AND t.id = pending AND t.phase = 'PENDING';
    IF NOT FOUND THEN
      outcome := 'TRANSFER_UNKNOWN';
      RETURN;
    END IF;
    SELECT t.phase INTO resolved FROM ledger_transfer t
    WHERE t.tenant_id = tenant AND t.pending_id = pending;
    outcome := CASE
      WHEN EXISTS (SELECT FROM ledger_state s
        WHERE s.tenant_id = tenant AND s.stop_id IS NOT NULL) THEN 'POSTINGS_STOPPED'
      WHEN resolved = 'EXPIRE' AND new_phase = 'POST' THEN 'PENDING_EXPIRED'
      WHEN resolved IS NOT NULL THEN 'ALREADY_RESOLVED'
      WHEN new_phase = 'POST' AND former.expires_at <= moment THEN 'PENDING_EXPIRED'
      WHEN new_phase = 'EXPIRE' AND coalesce(former.expires_at, 'infinity') > moment
        THEN 'PENDING_NOT_EXPIRED'
      WHEN amount > former.amount_fen THEN 'AMOUNT_EXCEEDS_PENDING' END;
    IF outcome IS NOT NULL THEN
      RETURN;
    END IF;
    -- The row first: it excludes every other resolution, and nothing after it can be refused.
    INSERT INTO ledger_transfer (tenant_id, id, debit_account_id, credit_account_id, amount_fen,
      kind, ref_kind, ref_id, phase, pending_id, booked_at, effective_on, key, input_hash)
    VALUES (tenant, new_id, former.debit_account_id, former.credit_account_id,
      coalesce(amount, former.amount_fen), former.kind, former.ref_kind, former.ref_id, new_phase,
      pending, moment, (moment AT TIME ZONE 'Asia/Shanghai')::date, new_key, new_hash)
    ON CONFLICT DO NOTHING;
    EXIT WHEN FOUND;
  END LOOP;
  IF NOT FOUND THEN
    RAISE EXCEPTION 'a resolution found no end of changes beside it'
      USING ERRCODE = 'serialization_failure';
  END IF;
  part := CASE new_phase WHEN 'POST' THEN coalesce(amount, former.amount_fen) ELSE 0 END;
  IF former.debit_account_id < former.credit_account_id THEN
    UPDATE ledger_account a SET posted_debit_fen = a.posted_debit_fen + part,
      pending_debit_fen = a.pending_debit_fen - former.amount_fen
    WHERE a.tenant_id = tenant AND a.id = former.debit_account_id;
  END IF;
  UPDATE ledger_account a SET posted_credit_fen = a.posted_credit_fen + part,
    pending_credit_fen = a.pending_credit_fen - former.amount_fen
  WHERE a.tenant_id = tenant AND a.id = former.credit_account_id;
  IF former.debit_account_id > former.credit_account_id THEN
    UPDATE ledger_account a SET posted_debit_fen = a.posted_debit_fen + part,
      pending_debit_fen = a.pending_debit_fen - former.amount_fen
    WHERE a.tenant_id = tenant AND a.id = former.debit_account_id;
  END IF;
  outcome := 'DONE';
  transfer_id := new_id;
END $$
"""  # noqa: S608 - constants

# What each account is debited and credited in all, in the order of the ids: the update below goes
# through them as they come (no other join is allowed), so batches lock accounts in that order too.
_MOVED = """(
    SELECT s.id, sum(s.debit)::bigint AS debit, sum(s.credit)::bigint AS credit FROM (
      SELECT g.debit AS id, g.amount AS debit, 0 AS credit
      FROM unnest(debits, amounts) g(debit, amount)
      UNION ALL
      SELECT g.credit, 0, g.amount FROM unnest(credits, amounts) g(credit, amount)) s
    GROUP BY s.id ORDER BY s.id)"""
POST_BATCH = f"""
CREATE FUNCTION ledger_post_batch(
  ids uuid[], keys text[], hashes bytea[], debits uuid[], credits uuid[], amounts bigint[],
  kinds text[], ref_kinds text[], ref_ids uuid[], effectives date[], payouts boolean[],
  OUT outcome text, OUT place int, OUT transfer_ids uuid[])
LANGUAGE plpgsql
SET enable_seqscan = off SET enable_hashjoin = off SET enable_mergejoin = off AS $$
DECLARE
  tenant constant int := current_setting('app.tenant_id')::int;
  moment constant timestamptz := current_setting('app.now')::timestamptz;
  today constant date := (moment AT TIME ZONE 'Asia/Shanghai')::date;
  total constant int := cardinality(ids);
  moved uuid[];
  wanted int;
  formers int;
  alike int;
BEGIN
  SELECT min(g.n) INTO place FROM unnest(debits, credits) WITH ORDINALITY g(debit, credit, n)
  WHERE g.debit = g.credit;
  IF place IS NOT NULL THEN
    outcome := 'SAME_ACCOUNT';
    RETURN;
  END IF;
  SELECT count(DISTINCT g.id) INTO wanted FROM unnest(debits || credits) g(id);
  FOR tries IN 1..20 LOOP
    WITH m AS MATERIALIZED {_MOVED},
    u AS (
      UPDATE ledger_account a SET posted_debit_fen = a.posted_debit_fen + m.debit,
        posted_credit_fen = a.posted_credit_fen + m.credit
      FROM m
      WHERE a.tenant_id = tenant AND a.id = m.id
        AND a.posted_debit_fen + m.debit - a.posted_credit_fen - m.credit - a.pending_credit_fen
          >= coalesce(a.net_min_fen, -9223372036854775808)
        AND a.posted_debit_fen + m.debit - a.posted_credit_fen - m.credit + a.pending_debit_fen
          <= coalesce(a.net_max_fen, 9223372036854775807)
        AND NOT EXISTS (SELECT FROM ledger_state s
          WHERE s.tenant_id = tenant AND s.stop_id IS NOT NULL)
      RETURNING a.id)
    SELECT array_agg(u.id) INTO moved FROM u;

    -- A statement of its own, after the accounts are ours: it sees what a first try committed.
    SELECT count(t.id), count(*) FILTER (WHERE t.input_hash = g.hash),
      array_agg(t.id ORDER BY g.n), min(g.n) FILTER (WHERE t.id IS NOT NULL)
    INTO formers, alike, transfer_ids, place
    FROM unnest(keys, hashes) WITH ORDINALITY g(key, hash, n)
    LEFT JOIN ledger_transfer t ON t.tenant_id = tenant AND t.key = g.key;
    IF alike = total THEN
      outcome := 'REPLAYED';
    ELSE
      transfer_ids := NULL;
      IF formers = 0 THEN
        SELECT min(g.n) INTO place FROM (
          SELECT k.n, row_number() OVER (PARTITION BY k.key ORDER BY k.n) AS again
          FROM unnest(keys) WITH ORDINALITY k(key, n)) g WHERE g.again > 1;
      END IF;
      IF place IS NOT NULL THEN
        outcome := 'KEY_REUSED';
      ELSIF true = ANY (payouts) THEN
        SELECT min(g.n) INTO place FROM (
          SELECT p.n, ledger_has_payout(tenant, p.kind, p.id) AS is_live,
            row_number() OVER (PARTITION BY p.kind, p.id ORDER BY p.n) AS again
          FROM unnest(ref_kinds, ref_ids, payouts) WITH ORDINALITY p(kind, id, payout, n)
          WHERE p.payout) g
        WHERE g.is_live OR g.again > 1;
        IF place IS NOT NULL THEN
          outcome := 'PAYOUT_LIVE';
        END IF;
      END IF;
    END IF;
    EXIT WHEN outcome IS NULL AND cardinality(moved) = wanted;

    UPDATE ledger_account a SET posted_debit_fen = a.posted_debit_fen - m.debit,
      posted_credit_fen = a.posted_credit_fen - m.credit
    FROM {_MOVED} m
    WHERE a.tenant_id = tenant AND a.id = m.id AND a.id = ANY (moved);
    IF outcome IS NULL THEN
      SELECT r.outcome, r.place INTO outcome, place
      FROM ledger_batch_refusal(tenant, debits, credits, amounts) r;
    END IF;
    IF outcome IS NOT NULL THEN
      RETURN;
    END IF;
    -- What stood in the way has gone meanwhile: once more.
  END LOOP;
  IF moved IS NULL OR cardinality(moved) < wanted THEN
    RAISE EXCEPTION 'a batch found no end of changes beside it'
      USING ERRCODE = 'serialization_failure';
  END IF;
  -- A key or payout taken this instant, over other accounts, breaks its unique index here.
  INSERT INTO ledger_transfer (tenant_id, id, debit_account_id, credit_account_id, amount_fen,
    kind, ref_kind, ref_id, phase, payout_round, booked_at, effective_on, key, input_hash)
  SELECT tenant, g.id, g.debit, g.credit, g.amount, g.kind, g.ref_kind, g.ref_id, 'SINGLE',
    CASE WHEN g.payout THEN (SELECT count(*) FROM ledger_transfer p
      WHERE p.tenant_id = tenant AND p.ref_kind = g.ref_kind AND p.ref_id = g.ref_id
        AND p.payout_round IS NOT NULL) END,
    moment, coalesce(g.effective, today), g.key, g.hash
  FROM unnest(ids, keys, hashes, debits, credits, amounts, kinds, ref_kinds, ref_ids,
    effectives, payouts)
    g(id, key, hash, debit, credit, amount, kind, ref_kind, ref_id, effective, payout);
  outcome := 'DONE';
  place := NULL;
  transfer_ids := ids;
END $$
"""  # noqa: S608 - constants

BATCH_REFUSAL = f"""
CREATE FUNCTION ledger_batch_refusal(
  tenant int, debits uuid[], credits uuid[], amounts bigint[], OUT outcome text, OUT place int)
LANGUAGE plpgsql AS $$
BEGIN
  SELECT min(g.n) INTO place FROM unnest(debits, credits) WITH ORDINALITY g(debit, credit, n)
  WHERE NOT EXISTS (SELECT FROM ledger_account a WHERE a.tenant_id = tenant AND a.id = g.debit)
    OR NOT EXISTS (SELECT FROM ledger_account a WHERE a.tenant_id = tenant AND a.id = g.credit);
  IF place IS NOT NULL THEN
    outcome := 'ACCOUNT_UNKNOWN';
  ELSIF EXISTS (SELECT FROM ledger_state s
      WHERE s.tenant_id = tenant AND s.stop_id IS NOT NULL) THEN
    outcome := 'POSTINGS_STOPPED';
    place := 1;
  ELSE
    WITH m AS {_MOVED},
    bad AS (
      SELECT a.id, (a.normal_side = 'DEBIT') = (a.posted_debit_fen + m.debit
        - a.posted_credit_fen - m.credit - a.pending_credit_fen
        < coalesce(a.net_min_fen, -9223372036854775808)) AS is_poor
      FROM ledger_account a JOIN m ON m.id = a.id
      WHERE a.tenant_id = tenant AND (
        a.posted_debit_fen + m.debit - a.posted_credit_fen - m.credit - a.pending_credit_fen
          < a.net_min_fen
        OR a.posted_debit_fen + m.debit - a.posted_credit_fen - m.credit + a.pending_debit_fen
          > a.net_max_fen))
    SELECT g.n, CASE WHEN bool_or(bad.is_poor) THEN 'EXCEEDS_BALANCE' ELSE 'EXCEEDS_LIMIT' END
    INTO place, outcome
    FROM unnest(debits, credits) WITH ORDINALITY g(debit, credit, n)
    JOIN bad ON bad.id IN (g.debit, g.credit)
    GROUP BY g.n ORDER BY g.n LIMIT 1;
  END IF;
END $$
"""  # noqa: S608 - constants

FUNCTIONS = {
    "ledger_is_dead(int, uuid)": IS_DEAD,
    "ledger_has_payout(int, text, uuid)": HAS_PAYOUT,
    "ledger_refusal(int, uuid, uuid, bigint)": REFUSAL,
    "ledger_post(uuid, text, bytea, uuid, uuid, bigint, text, text, uuid, date, text,"
    " timestamptz, uuid, text, boolean)": POST,
    "ledger_resolve(uuid, text, bytea, uuid, text, bigint)": RESOLVE,
    "ledger_batch_refusal(int, uuid[], uuid[], bigint[])": BATCH_REFUSAL,
    "ledger_post_batch(uuid[], text[], bytea[], uuid[], uuid[], bigint[], text[], text[],"
    " uuid[], date[], boolean[])": POST_BATCH,
}


def upgrade() -> None:
    op.create_table(
        "ledger_account",
        sa.Column("tenant_id", sa.Integer(), nullable=False),
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("code", sa.Text(), nullable=False),
        sa.Column("kind", sa.Text(), nullable=False),
        sa.Column("normal_side", sa.Text(), nullable=False),
        sa.Column("net_min_fen", sa.BigInteger(), nullable=True),
        sa.Column("net_max_fen", sa.BigInteger(), nullable=True),
        sa.Column("posted_debit_fen", sa.BigInteger(), server_default=sa.text("0"), nullable=False),
        sa.Column(
            "posted_credit_fen", sa.BigInteger(), server_default=sa.text("0"), nullable=False
        ),
        sa.Column(
            "pending_debit_fen", sa.BigInteger(), server_default=sa.text("0"), nullable=False
        ),
        sa.Column(
            "pending_credit_fen", sa.BigInteger(), server_default=sa.text("0"), nullable=False
        ),
        sa.Column("ref_id", sa.Uuid(), nullable=True),
        sa.Column("opened_at", sa.DateTime(timezone=True), nullable=False),
        sa.CheckConstraint(
            "least(pending_debit_fen, pending_credit_fen) >= 0",
            name=op.f("ck_ledger_account_pending"),
        ),
        sa.CheckConstraint(
            "posted_debit_fen - posted_credit_fen + pending_debit_fen <= net_max_fen",
            name=op.f("ck_ledger_account_net_max"),
        ),
        sa.CheckConstraint(
            "posted_debit_fen - posted_credit_fen - pending_credit_fen >= net_min_fen",
            name=op.f("ck_ledger_account_net_min"),
        ),
        sa.PrimaryKeyConstraint("tenant_id", "id", name=op.f("pk_ledger_account")),
        sa.UniqueConstraint("tenant_id", "code", name=op.f("uq_ledger_account_tenant_id_code")),
        postgresql_with={"fillfactor": 50},
    )
    op.create_table(
        "ledger_state",
        sa.Column("tenant_id", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("stop_id", sa.Uuid(), nullable=True),
        sa.Column("checked_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("check_due_at", sa.DateTime(timezone=True), nullable=False),
        sa.PrimaryKeyConstraint("tenant_id", name=op.f("pk_ledger_state")),
    )
    op.create_index("ix_ledger_state_due", "ledger_state", ["check_due_at"], unique=False)
    op.create_table(
        "ledger_stop",
        sa.Column("tenant_id", sa.Integer(), nullable=False),
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("stopped_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("finding", sa.Text(), nullable=False),
        sa.Column("account_id", sa.Uuid(), nullable=True),
        sa.Column("transfer_id", sa.Uuid(), nullable=True),
        sa.Column("lifted_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("lifted_by", sa.Uuid(), nullable=True),
        sa.Column("lift_reason", sa.Text(), nullable=True),
        sa.CheckConstraint(
            "(lifted_at IS NULL) = (lifted_by IS NULL) AND (lifted_at IS NULL) = (lift_reason IS NULL)",
            name=op.f("ck_ledger_stop_lifted"),
        ),
        sa.ForeignKeyConstraint(
            ["tenant_id", "lifted_by"],
            ["account.tenant_id", "account.id"],
            name=op.f("fk_ledger_stop_tenant_id_lifted_by"),
        ),
        sa.PrimaryKeyConstraint("tenant_id", "id", name=op.f("pk_ledger_stop")),
    )
    op.create_index(
        "ix_ledger_stop_stopped", "ledger_stop", ["tenant_id", "stopped_at", "id"], unique=False
    )
    op.create_table(
        "ledger_transfer",
        sa.Column("tenant_id", sa.Integer(), nullable=False),
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("debit_account_id", sa.Uuid(), nullable=False),
        sa.Column("credit_account_id", sa.Uuid(), nullable=False),
        sa.Column("amount_fen", sa.BigInteger(), nullable=False),
        sa.Column("kind", sa.Text(), nullable=False),
        sa.Column("ref_kind", sa.Text(), nullable=False),
        sa.Column("ref_id", sa.Uuid(), nullable=False),
        sa.Column("phase", sa.Text(), nullable=False),
        sa.Column("pending_id", sa.Uuid(), nullable=True),
        sa.Column("expires_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("reverses_id", sa.Uuid(), nullable=True),
        sa.Column("reason", sa.Text(), nullable=True),
        sa.Column("payout_round", sa.SmallInteger(), nullable=True),
        sa.Column("booked_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("effective_on", sa.Date(), nullable=False),
        sa.Column("key", sa.Text(), nullable=False),
        sa.Column("input_hash", sa.LargeBinary(), nullable=False),
        sa.CheckConstraint(
            "(phase IN ('POST', 'VOID', 'EXPIRE')) = (pending_id IS NOT NULL)"
            " AND (phase = 'REVERSAL') = (reverses_id IS NOT NULL)",
            name=op.f("ck_ledger_transfer_phase"),
        ),
        sa.CheckConstraint("amount_fen > 0", name=op.f("ck_ledger_transfer_amount")),
        sa.CheckConstraint(
            "debit_account_id <> credit_account_id", name=op.f("ck_ledger_transfer_two_accounts")
        ),
        sa.ForeignKeyConstraint(
            ["tenant_id", "pending_id"],
            ["ledger_transfer.tenant_id", "ledger_transfer.id"],
            name=op.f("fk_ledger_transfer_tenant_id_pending_id"),
        ),
        sa.ForeignKeyConstraint(
            ["tenant_id", "reverses_id"],
            ["ledger_transfer.tenant_id", "ledger_transfer.id"],
            name=op.f("fk_ledger_transfer_tenant_id_reverses_id"),
        ),
        sa.PrimaryKeyConstraint("tenant_id", "id", name=op.f("pk_ledger_transfer")),
        sa.UniqueConstraint("tenant_id", "key", name=op.f("uq_ledger_transfer_tenant_id_key")),
    )
    for side in ("debit", "credit"):
        op.create_index(
            f"ix_ledger_transfer_{side}",
            "ledger_transfer",
            ["tenant_id", f"{side}_account_id", "id"],
            unique=False,
        )
    op.create_index(
        "uq_ledger_transfer_payout",
        "ledger_transfer",
        ["tenant_id", "ref_kind", "ref_id", "payout_round"],
        unique=True,
        postgresql_where=sa.text("payout_round IS NOT NULL"),
    )
    op.create_index(
        "uq_ledger_transfer_pending",
        "ledger_transfer",
        ["tenant_id", "pending_id"],
        unique=True,
        postgresql_where=sa.text("pending_id IS NOT NULL"),
    )
    op.create_index(
        "uq_ledger_transfer_reverses",
        "ledger_transfer",
        ["tenant_id", "reverses_id"],
        unique=True,
        postgresql_where=sa.text("reverses_id IS NOT NULL"),
    )
    for statement in FUNCTIONS.values():
        op.execute(statement)


def downgrade() -> None:
    for name in reversed(FUNCTIONS):
        op.execute(f"DROP FUNCTION {name}")
    op.drop_table("ledger_stop")
    op.drop_table("ledger_state")
    op.drop_table("ledger_transfer")
    op.drop_table("ledger_account")
