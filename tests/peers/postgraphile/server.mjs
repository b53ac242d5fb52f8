// PostGraphile 5 as its documentation says to run it in production, and as kindly as we can.
//
// Choices, each in the peer's favour where there was one:
// - NODE_ENV and GRAPHILE_ENV are "production": no development checks, no planning diagnostics.
// - grafserv directly over node:http, no Express and no middleware between.
// - No GraphiQL, no watching, no websockets, no explain: none of them can cost a request anything.
// - `outputDataAsString`, its documented fast path: the answer is written as text, not as objects.
// - Parse and validate results, operation plans and prepared statements come from its own caches
//   (500, 500 and 100 entries); the benchmark has a handful of documents, so all of them hit.
// - A pool of the size ours has, of the same role, on the same server, with that role's settings
//   (generic plans among them).
// - Only the settings that row security reads are sent: one for a county, four for a supervisor,
//   whose range ends at RANGE_END without being looked up. Ours sends nine and also checks in
//   every statement that the account's rights have not changed. The peer checks no rights.
// - The bearer token is verified in `grafast.context`, where the documentation says to do it, by
//   the library PostGraphile itself brings, with the same key, algorithm and claims as ours. What
//   was verified is remembered until it expires, as ours is.
// - PgIndexBehaviorsPlugin is off and a smart tag allows the order by `sort_key`: it hides orders
//   and conditions by what does not lead an index, and no column does in a table of many tenants.
import { createPublicKey } from "node:crypto";
import { readFileSync } from "node:fs";
import { createServer } from "node:http";
import jwt from "jsonwebtoken";
import pg from "pg";
import { postgraphile } from "postgraphile";
import { makePgService } from "postgraphile/adaptors/pg";
import { grafserv } from "postgraphile/grafserv/node";
import { PostGraphileAmberPreset } from "postgraphile/presets/amber";
import { jsonPgSmartTags } from "postgraphile/utils";

const { PORT, POOL_SIZE, RANGE_END, TOKEN_KEY, TOKEN_ISSUER, TOKEN_AUDIENCE } = process.env;
const REMEMBERED = 10_000;

const key = createPublicKey(readFileSync(TOKEN_KEY));
const expected = { algorithms: ["ES256"], issuer: TOKEN_ISSUER, audience: TOKEN_AUDIENCE };
const verified = new Map();

function settingsOf(tenant) {
  if (RANGE_END === undefined) return { "app.tenant_id": String(tenant) };
  const moved = { "app.tenant_in": "{}", "app.tenant_out": "{}" };
  return { "app.tenant_lo": String(tenant), "app.tenant_hi": RANGE_END, ...moved };
}

function settingsFor(authorization) {
  if (!authorization?.startsWith("Bearer ")) return {};
  const token = authorization.slice(7);
  const known = verified.get(token);
  if (known !== undefined && known.exp > Date.now() / 1_000) return known.settings;
  const { tenant, exp } = jwt.verify(token, key, expected);
  const settings = settingsOf(tenant);
  if (verified.size >= REMEMBERED) verified.delete(verified.keys().next().value);
  verified.set(token, { settings, exp });
  return settings;
}

// The address and the credential come in the variables that every PostgreSQL client knows.
const pool = new pg.Pool({ max: Number(POOL_SIZE) });

const ordered = jsonPgSmartTags({
  version: 1,
  config: { attribute: { "institution.sort_key": { tags: { behavior: "+orderBy" } } } },
});

const preset = {
  extends: [PostGraphileAmberPreset],
  plugins: [ordered],
  disablePlugins: ["PgIndexBehaviorsPlugin"],
  pgServices: [makePgService({ pool, schemas: ["public"] })],
  grafast: {
    explain: false,
    context(request) {
      return { pgSettings: settingsFor(request.node?.req.headers.authorization) };
    },
  },
  grafserv: { graphiql: false, watch: false, websockets: false, outputDataAsString: true },
};

const server = createServer();
await postgraphile(preset).createServ(grafserv).addTo(server);
server.listen(Number(PORT), "127.0.0.1");
// Ends with the process that started it, however that ended.
process.stdin.on("end", () => process.exit(0)).resume();
