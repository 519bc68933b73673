"""The state of moderation: rules, reports and cases, what was done, and who was notified of it."""

from socialapp.moderation.models.acts import Action, Appeal, Notice, Verb
from socialapp.moderation.models.cases import Case, Category, Evidence, EvidencePicture, Report
from socialapp.moderation.models.holds import Hold, Signal, SpamRules
from socialapp.moderation.models.rules import Note, Rule, Template

__all__ = [
    "Action",
    "Appeal",
    "Case",
    "Category",
    "Evidence",
    "EvidencePicture",
    "Hold",
    "Note",
    "Notice",
    "Report",
    "Rule",
    "Signal",
    "SpamRules",
    "Template",
    "Verb",
]
