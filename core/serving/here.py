"""What this process holds for serving: the file that outlives it, and the tokens in it."""

from __future__ import annotations

from core.process.held import held
from core.serving.serving_file import ServingFile
from core.serving.tokens import Tokens
from core.settings import settings


@held(lambda file: file.close())
def serving_file() -> ServingFile:
    """Return the file of what is served."""
    return ServingFile(settings().cache_dir)


@held()
def tokens() -> Tokens:
    """Return the tokens by which programs show who asks."""
    return Tokens(serving_file(), required=settings().api_tokens)
