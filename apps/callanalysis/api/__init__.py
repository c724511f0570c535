"""The API of calls for a customer's CRM, under /api/v1/."""
