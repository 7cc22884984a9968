from directory.models.organisation import ConfigurationVersion, Organisation
from directory.models.people import Advisor, Customer, Expertise, User
from directory.models.places import (
    Closure,
    Office,
    OpeningHours,
    PostalArea,
    PostalPlace,
    SwitchedOffChannel,
)
from directory.models.rota import (
    Absence,
    DayBlock,
    DayTemplate,
    WeekBlock,
    WeekTemplate,
)
from directory.models.subjects import Category, Question, QuestionChoice, Subject
from directory.models.views import SavedView

__all__ = [
    "Absence",
    "Advisor",
    "Category",
    "Closure",
    "ConfigurationVersion",
    "Customer",
    "DayBlock",
    "DayTemplate",
    "Expertise",
    "Office",
    "OpeningHours",
    "Organisation",
    "PostalArea",
    "PostalPlace",
    "Question",
    "QuestionChoice",
    "SavedView",
    "Subject",
    "SwitchedOffChannel",
    "User",
    "WeekBlock",
    "WeekTemplate",
]
