"""Every bound of the API with its unit and its bilingual meaning; the documentation reads this."""

from dataclasses import dataclass, field

from schema.pagination import MAX_PAGE


def _bound(value: int, unit: str, description: str) -> int:
    """A field whose metadata documents it."""
    bound: int = field(default=value, metadata={"unit": unit, "description": description})
    return bound


@dataclass(frozen=True)
class Limits:
    """API guide, Cost: the defaults. Points, tokens, depth, aliases and body are the guide's."""

    # The text, before graphql-core reads it: its lexer needs up to 4 µs a token and character.
    body_bytes: int = _bound(1 << 20, "bytes", "请求体 — largest body of a request")
    document_chars: int = _bound(1 << 16, "characters", "文档长度 — longest document")
    lines: int = _bound(
        5_000, "lines", "行数 — lines of a document; every error told counts them for its place"
    )
    tokens: int = _bound(2_000, "tokens", "词元 — tokens of a document, comments included")
    nesting: int = _bound(
        50, "levels", "括号嵌套 — brackets open at once, and selection sets in one another"
    )
    list_items: int = _bound(
        500, "values", "列表元素 — values in one list, in the document or in a variable"
    )
    entries: int = _bound(
        100, "entries", "键 — arguments, variables or keys of an object in one place"
    )
    name_chars: int = _bound(100, "characters", "名称长度 — longest name in a document")
    number_chars: int = _bound(100, "characters", "数字长度 — longest number in a document")

    # The document, once parsed.
    operations: int = _bound(20, "operations", "操作 — operations in one document")
    fragments: int = _bound(100, "fragments", "片段 — fragment definitions in one document")
    spreads: int = _bound(200, "spreads", "片段引用 — fragment spreads and inline fragments")
    selections: int = _bound(
        2_000, "selections", "选择项 — fields and spreads once all fragments are expanded"
    )
    depth: int = _bound(12, "levels", "深度 — fields in one another, fragments expanded")
    introspection_depth: int = _bound(
        20, "levels", "内省深度 — depth below __schema and __type, which tools need"
    )
    introspection_fields: int = _bound(
        300, "fields", "内省字段 — fields below __schema and __type, expanded; tools send some 200"
    )
    introspection_lists: int = _bound(
        3, "levels", "内省列表嵌套 — lists of the schema in one another: types, fields, args"
    )
    introspection_aliases: int = _bound(
        0,
        "aliases",
        "内省别名 — aliases below __schema and __type, each of which would multiply it",
    )
    aliases: int = _bound(30, "aliases", "别名 — aliases of a document, expanded")
    directives: int = _bound(50, "directives", "指令 — directives of a document, expanded")
    root_fields: int = _bound(10, "fields", "根字段 — fields at the root of one operation")
    comparisons: int = _bound(
        2_000,
        "pairs",
        "重复比较 — pairs of selections of one field in one place, which validation compares",
    )

    fragment_pairs: int = _bound(
        1_000,
        "pairs",
        "片段对 — pairs of fragments spread in one place, all of which validation compares",
    )

    # The variables, before graphql-core coerces them.
    variables: int = _bound(100, "variables", "变量 — variables of a request")
    variable_depth: int = _bound(20, "levels", "变量嵌套 — objects and lists in one another")
    variable_values: int = _bound(5_000, "values", "变量值 — values in all variables together")
    string_chars: int = _bound(20_000, "characters", "字符串长度 — longest string in a variable")
    variable_chars: int = _bound(
        200_000, "characters", "变量总长 — strings and names in all variables together"
    )

    # What an answer costs.
    points: int = _bound(2_000, "points", "点数 — cost of one request")
    page: int = _bound(
        MAX_PAGE, "rows", "每页条数 — rows of a page; what an unknown page size is counted as"
    )
    mutation_points: int = _bound(
        10, "points", "变更点数 — a mutation that declares no cost of its own"
    )
    schema_points: int = _bound(500, "points", "内省点数 — one __schema")
    type_points: int = _bound(50, "points", "类型内省点数 — one __type")

    # What a client and its county may spend: leaky buckets, in each process.
    client_points: int = _bound(10_000, "points", "客户端桶 — what one client may spend at once")
    client_points_per_s: int = _bound(500, "points/s", "客户端恢复速率 — how fast that comes back")
    tenant_points: int = _bound(100_000, "points", "租户桶 — what a whole tenant may spend at once")
    tenant_points_per_s: int = _bound(5_000, "points/s", "租户恢复速率 — how fast that comes back")
    refusal_points: int = _bound(
        100, "points", "拒绝点数 — a request that is refused before it runs"
    )
    chars_a_point: int = _bound(
        8, "characters a point", "读取点数 — a document that this process has not read before"
    )
    points_a_ms: int = _bound(
        50,
        "points/ms",
        "读取耗时点数 — processor time of reading a new document, where that is dearer than its"
        " characters",
    )
    read_ms_free: int = _bound(
        5, "ms", "免计读取耗时 — what reading a new document may take for its characters alone"
    )
    bytes_a_point: int = _bound(
        1_024, "bytes a point", "请求体点数 — a large body, beyond what is free"
    )
    body_bytes_free: int = _bound(16_384, "bytes", "免计请求体 — what a body may weigh for nothing")
    clients_remembered: int = _bound(
        50_000, "clients", "记住的客户端 — buckets kept; the longest unused is forgotten"
    )


DEFAULT = Limits()
"""The bounds the service runs with."""
