"""Sealed values open only in their own tenant, column and row."""

import os
from pathlib import Path

import pytest
from cryptography.exceptions import InvalidTag
from sqlalchemy import text

from infra import crypto
from infra.ids import new_undatable_id
from tenants.keys import forget_keys, seal, unseal
from tenants.scope import Scope
from tenants.session import reading
from tests.harness.cluster import Cluster
from tests.harness.county import County

COLUMN = "reporter.phone"
PHONE = "13900000000"


async def test_a_value_opens_in_its_own_place_only(county: County, other_county: County) -> None:
    row, another = new_undatable_id(), new_undatable_id()
    async with reading(county.scope) as session:
        sealed = await seal(session, county.number, COLUMN, row, PHONE)
        assert PHONE.encode() not in sealed
        assert await unseal(session, county.number, COLUMN, row, sealed) == PHONE
        with pytest.raises(InvalidTag):
            await unseal(session, county.number, COLUMN, another, sealed)
        with pytest.raises(InvalidTag):
            await unseal(session, county.number, "reporter.name", row, sealed)
        with pytest.raises(InvalidTag):
            await unseal(session, county.number, COLUMN, row, sealed[:-1] + b"\0")
    async with reading(other_county.scope) as session:
        with pytest.raises(InvalidTag):
            await unseal(session, other_county.number, COLUMN, row, sealed)


async def test_equal_values_look_different(county: County) -> None:
    row = new_undatable_id()
    async with reading(county.scope) as session:
        first = await seal(session, county.number, COLUMN, row, PHONE)
        assert first != await seal(session, county.number, COLUMN, row, PHONE)


async def test_the_public_seals_without_reading_keys(county: County) -> None:
    """A report arrives under role `public`; the key comes through the api role beside it."""
    row = new_undatable_id()
    forget_keys()
    async with reading(Scope.public(county.number)) as session:
        sealed = await seal(session, county.number, COLUMN, row, PHONE)
    forget_keys()
    async with reading(county.scope) as session:
        assert await unseal(session, county.number, COLUMN, row, sealed) == PHONE


async def test_data_keys_are_wrapped_and_useless_without_the_master_key(
    county: County, cluster: Cluster, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    row = new_undatable_id()
    async with reading(county.scope) as session:
        sealed = await seal(session, county.number, COLUMN, row, PHONE)
        wrapped = await session.scalar(text("SELECT wrapped FROM data_key"))
        bound = f"{county.number}|seal".encode()
        plain = crypto.decrypt(crypto.key("master"), wrapped, bound)
        assert len(plain) == 32
        assert plain not in wrapped
        crypto.ensure_keys(tmp_path / "other")
        stranger = (tmp_path / "other" / "master.key").read_bytes()
        forget_keys()
        monkeypatch.setattr(crypto, "key", lambda _name: stranger)
        with pytest.raises(InvalidTag):
            await unseal(session, county.number, COLUMN, row, sealed)


def test_keys_are_made_once_and_for_the_owner_alone(tmp_path: Path) -> None:
    folder = tmp_path / "keys"
    crypto.ensure_keys(folder)
    made = {path.name: path.read_bytes() for path in folder.iterdir()}
    assert len(set(made.values())) == len(crypto.KEY_NAMES)
    assert {os.stat(path).st_mode & 0o777 for path in folder.iterdir()} == {0o600}
    crypto.ensure_keys(folder)
    assert {path.name: path.read_bytes() for path in folder.iterdir()} == made
