from scheduling.models.appointment import Appointment, AppointmentEvent, Message
from scheduling.models.busy import BusyInterval
from scheduling.models.document import Document
from scheduling.models.flow import Flow, PostCount, StepCount

__all__ = [
    "Appointment",
    "AppointmentEvent",
    "BusyInterval",
    "Document",
    "Flow",
    "Message",
    "PostCount",
    "StepCount",
]
