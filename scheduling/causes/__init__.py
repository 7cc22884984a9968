"""What is behind a reason: the rule, the absence, the appointment in the way ..."""
