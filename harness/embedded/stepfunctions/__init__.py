"""The embedded Step Functions: an interpreter of JSONata state machines and the service around it."""
