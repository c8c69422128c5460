"""The embedded Step Functions: an interpreter of state machines, in JSONata and JSONPath, and the service around it."""
