output "blocks" {
  description = "The state that calls each agent, by the agent's name, as ASL in JSON."
  value       = local._blocks

  precondition {
    condition     = length(local._no_jsonata) == 0
    error_message = "Write JSONata, without {% %} around it, where it does not close, breaks off or is of another language: ${join(", ", local._no_jsonata)}."
  }

  precondition {
    condition     = length(local._not_returned) == 0
    error_message = "Keep only what returns has a rule for, for a reply without it would fail the run: ${join(", ", local._not_returned)}."
  }

  precondition {
    condition     = length(local._ambiguous) == 0
    error_message = "Give each of agents a state of its own, for a state machine has each name once: ${join(", ", local._ambiguous)}."
  }

  precondition {
    condition     = length(local._taken) == 0
    error_message = "Choose other names for these variables, which a block has for itself: ${join(", ", local._taken)}."
  }
}

output "identity_mark" {
  description = "JSONata: the identity by which a circuit counts."
  value       = local._identity_mark
}

output "policy" {
  description = "What the role of the state machine needs for the blocks, as JSON. The key of an encrypted table is needed in addition."
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
