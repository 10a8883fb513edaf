"""What every noun has in common."""

from pydantic import BaseModel, ConfigDict


class Noun(BaseModel):
    """A frozen value that refuses unknown keys (rule 9) and is compared by what it holds."""

    model_config = ConfigDict(frozen=True, extra="forbid", str_strip_whitespace=True)
