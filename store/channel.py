"""The noun `Channel`, and the `Field`s that make up its format."""

from collections import Counter
from typing import Annotated, Literal, Self

from pydantic import Field as Spec
from pydantic import field_validator, model_validator

from store.noun import Noun

Unit = Literal["characters", "sms_parts"]


class Field(Noun):
    """One field of a channel, or a run of like fields when `most` is over 1 (`headline_1`, `headline_2`, ...)."""

    name: Annotated[str, Spec(pattern=r"^[a-z][a-z0-9_]{0,39}$")]
    maximum: Annotated[int, Spec(ge=1, le=10_000)]
    """Hard maximum in `unit`s: copy over it is refused by the channel, so it is an error."""
    truncation: Annotated[int, Spec(ge=1, le=10_000)] | None = None
    """Length in `unit`s from which readers do not see the rest (or pay for more): a warning."""
    unit: Unit = "characters"
    aim: Annotated[int, Spec(ge=1, le=10_000)]
    """Length in characters that the writer is asked to stay within."""
    least: Annotated[int, Spec(ge=0, le=50)] = 1
    """How many of this field the channel needs."""
    most: Annotated[int, Spec(ge=1, le=50)] = 1
    """How many it takes."""
    write: Annotated[int, Spec(ge=0, le=50)] = 1
    """How many the writer is asked for; a field of which none is asked stays for people to fill."""
    hint: Annotated[str, Spec(max_length=200)] = ""
    """What the field is for, told to the writer."""

    @model_validator(mode="after")
    def _counts_agree(self) -> Self:
        if not self.least <= self.most or self.write > self.most:
            raise ValueError(f"least {self.least}, write {self.write} and most {self.most} of {self.name} disagree")
        if self.truncation is not None and self.truncation > self.maximum:
            raise ValueError(f"truncation {self.truncation} of {self.name} lies beyond its maximum {self.maximum}")
        return self

    def keys(self, count: int) -> list[str]:
        """The keys of `count` of this field: `["headline_1", "headline_2"]`, or `["subject"]` where it takes one."""
        return [self.name] if self.most == 1 and count else [f"{self.name}_{i + 1}" for i in range(count)]


class Channel(Noun):
    """A place with a format."""

    id: Annotated[str, Spec(pattern=r"^[a-z][a-z0-9_]{0,39}$")]
    name: Annotated[str, Spec(min_length=1, max_length=80)]
    about: Annotated[str, Spec(max_length=300)] = ""
    """What reads well there, told to the writer."""
    fields: Annotated[tuple[Field, ...], Spec(min_length=1, max_length=20)]
    formal: bool = False
    """Whether the platform itself refuses emoji, exclamation marks in headlines and the like."""

    @field_validator("fields")
    @classmethod
    def _keys_differ(cls, fields: tuple[Field, ...]) -> tuple[Field, ...]:
        counted = Counter(key for field in fields for key in field.keys(field.most))
        twice = [key for key, count in counted.items() if count > 1]
        if twice:
            raise ValueError(f'two fields have the key "{twice[0]}"; give each its own name')
        return fields

    @property
    def written(self) -> dict[str, Field]:
        """The keys that the writer fills, in order, with the field each belongs to."""
        return {key: field for field in self.fields for key in field.keys(field.write)}

    @property
    def allowed(self) -> dict[str, Field]:
        """Every key that copy for this channel may have, with the field it belongs to."""
        return {key: field for field in self.fields for key in field.keys(field.most)}
