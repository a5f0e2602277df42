"""What a visitor's browser may say to Streamlit: what pages need, and nothing that reaches beyond its own session."""

from __future__ import annotations

from google.protobuf.message import DecodeError  # type: ignore[import-untyped]
from streamlit.proto.BackMsg_pb2 import BackMsg

# Left out are "clear_cache", which empties the caches of all visitors, and what is for developers: "load_git_info" has
# git started, "set_run_on_save" and the "debug_" ones, and operations that write files
MAY_SAY = {"rerun_script", "stop_script", "app_heartbeat", "file_urls_request", "backend_operation_request"}
MAY_ASK = {"deferred_file", "dataframe_chunk"}  # of the operations: a download, and more rows of a table


def may_say(data: bytes) -> bool:
    """Tell whether a message comes through; what cannot be read does, as Streamlit ends that connection."""
    message = BackMsg()
    try:
        message.ParseFromString(data)
    except DecodeError:
        return True
    kind = message.WhichOneof("type")
    if kind == "backend_operation_request":
        return message.backend_operation_request.WhichOneof("payload") in MAY_ASK
    return kind in MAY_SAY
