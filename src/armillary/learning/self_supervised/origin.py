"""Where a model begins, and all that depends on its kind."""

from abc import ABC, abstractmethod
from typing import Any

from armillary.language import Note
from armillary.learning.self_supervised.asked import SelfSupervised
from armillary.learning.self_supervised.course import Course, Lessons
from armillary.learning.self_supervised.design import Design
from armillary.learning.self_supervised.material import Material
from armillary.text.tokenizer import Tokenizer
from armillary.train.next_token import NextToken
from armillary.train.plan import Plan
from armillary.transformer.model import Transformer


class Origin(ABC):
    """Where a model begins.

    Attributes:
        kind: of model, as `armillary learn` names it.
        tokenizer: that of the model that is gone on from; None where one is learned.
        looks: how often the model is measured on the way.
        epochs: times through the text, at most: after that it is learned by heart, and other text guessed worse.
    """

    kind: str
    tokenizer: Tokenizer | None = None
    looks = 10
    epochs = 20

    def __init__(self, asked: SelfSupervised) -> None:
        self._asked = asked

    @abstractmethod
    def odd(self, characters: int) -> list[Note]:
        """What is to be said before a text of so many characters is learned from."""

    @abstractmethod
    def material(self, text: str) -> Material:
        """The text in tokens."""

    @abstractmethod
    def design(self, material: Material) -> Design:
        """What is made of a text; its plan's steps are yet to be found."""

    @abstractmethod
    def model(self, design: Design) -> Transformer:
        """The model at its beginning, each time anew; what shall learn asks for a gradient."""

    def lessons(self, material: Material, design: Design) -> Lessons:
        """What it learns."""
        return NextToken(material.learned, design.context, design.batch, design.d_vocab, self._asked.seed)

    def course(self, model: Transformer, lessons: Lessons, plan: Plan, material: Material) -> Course:
        """Its way."""
        return Course(model, lessons, plan, material, self._asked, self.looks)

    @abstractmethod
    def question(self) -> dict[str, Any]:
        """What the result depends on beside text, tokens, seed and design."""

    @abstractmethod
    def keys(self, design: Design) -> dict[str, Any]:
        """Its config.json."""

    @abstractmethod
    def files(self, material: Material) -> dict[str, bytes]:
        """What lies beside its numbers, the tokenizer above all."""

    @abstractmethod
    def chosen(self, material: Material) -> Note:
        """What is to be said of its tokens."""

    @abstractmethod
    def measured(self, course: Course, material: Material, design: Design) -> dict[str, Any]:
        """What its card says besides what that of every text does."""
