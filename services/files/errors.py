"""Why an upload or a file can be refused."""

from infra.errors import ErrorCode, SharedCode


class FileErrorCode(ErrorCode):
    """文件错误代码 — why a command about a file was refused"""

    NOT_FOUND = SharedCode.NOT_FOUND
    TEXT_LENGTH = SharedCode.TEXT_LENGTH
    TEXT_INVALID = SharedCode.TEXT_INVALID
    TOO_MANY_STAGED = (
        "TOO_MANY_STAGED",
        "待用文件过多 — too many uploads of the account wait to be attached",
    )
    FILE_TAKEN = "FILE_TAKEN", "文件已使用 — the file belongs to something already"
    FILE_EXPIRED = "FILE_EXPIRED", "文件已过期 — it was not used in time; upload it again"
    FILE_REPEATED = "FILE_REPEATED", "文件重复 — the file is named twice"
    UPLOAD_USED = "UPLOAD_USED", "上传凭据已用 — this upload has its file; announce another"
    FILE_EMPTY = "FILE_EMPTY", "文件为空 — no bytes arrived"
    FILE_TOO_LARGE = "FILE_TOO_LARGE", "文件过大 — larger than its type may be"
    FILE_TYPE_NOT_ALLOWED = (
        "FILE_TYPE_NOT_ALLOWED",
        "文件类型不允许 — its bytes are no JPEG, PNG, WebP or PDF",
    )
    FILE_DAMAGED = "FILE_DAMAGED", "文件损坏 — it begins like its type and cannot be read as one"


class StagedUploadErrorCode(ErrorCode):
    """上传错误代码 — why an upload was not prepared"""

    TOO_MANY_STAGED = FileErrorCode.TOO_MANY_STAGED
