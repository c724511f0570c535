"""An app of the tests alone: durable work whose rows say what is to happen to them."""
