output "blocks" {
  description = "The state that calls each agent, by the agent's name, as ASL in JSON."
  value       = local._blocks
}

output "identity_mark" {
  description = "JSONata: what stands for identity where a circuit counts."
  value       = local._identity_mark
}

output "policy" {
  description = "What the role of the state machine needs for the blocks, as JSON. The key of an encrypted table comes on top."
  value       = data.aws_iam_policy_document.calls.json
}

output "seconds" {
  description = "Seconds that each agent's block takes at most, with all attempts and waits, by the agent's name."
  value       = local._longest_seconds
}

output "span" {
  description = "JSONata: the id of the trace's subsegment under which the segments of the agent $agent hang, with trace_id."
  value       = format(local._span, "$agent")
}
