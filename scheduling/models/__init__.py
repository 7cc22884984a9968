from scheduling.models.access import AccessCode
from scheduling.models.appointment import Appointment, AppointmentEvent, Message
from scheduling.models.busy import BusyInterval
from scheduling.models.demand import UnmetDemand
from scheduling.models.document import Document
from scheduling.models.flow import Flow, PostCount, StepCount
from scheduling.models.letters import MessageTemplate, Reminder

__all__ = [
    "AccessCode",
    "Appointment",
    "AppointmentEvent",
    "BusyInterval",
    "Document",
    "Flow",
    "Message",
    "MessageTemplate",
    "PostCount",
    "Reminder",
    "StepCount",
    "UnmetDemand",
]
