output "advice" {
  description = "Sentences about settings that may not work on every account; empty where there are none."
  value = length(local._long_calls) == 0 ? [] : [
    "One call of ${join(", ", local._long_calls)} may last over 60 s, and calls from Step Functions are reported to be cut near that: let the agents reply IN_PROGRESS, or run make probe. Then set call_seconds of these agents, to 50 if calls are cut, else to what the probe found.",
  ]
}

output "agent_parameter_names" {
  description = "Name of the parameter that holds each agent's runtime ARN, by the agent's name."
  value       = module.agent_registry.parameter_names
}

output "alarm_arns" {
  description = "ARN of each alarm, by its name without the prefix; down is the one that combines others."
  value       = module.observability.alarm_arns
}

output "alarm_topic_arn" {
  description = "ARN of the topic that the alarms notify. null with create_alarm_topic = false."
  value       = module.observability.alarm_topic_arn
}

output "backfill_role_arn" {
  description = "ARN of the role of the backfill, which lists the buckets, reads inventories and writes results. null without backfill."
  value       = one(module.backfill[*].role_arn)
}

output "backfill_state_machine_arn" {
  description = "ARN of the state machine of the backfill. null without backfill."
  value       = one(module.backfill[*].state_machine_arn)
}

output "circuit_breakers" {
  description = "Settings of each agent's circuit breaker, by the agent's name."
  value       = { for name, agent in local.agents : name => agent.circuit_breaker }
}

output "circuit_table_name" {
  description = "Name of the table of circuits, which has an item per agent that is not healthy."
  value       = module.circuit_breaker.table_name
}

output "dashboard_name" {
  description = "Name of the dashboard."
  value       = module.observability.dashboard_name
}

output "dead_letter_queue_url" {
  description = "URL of the dead-letter queue: documents that no run could complete."
  value       = module.document_ledger.dead_letter_queue_url
}

output "document_prefixes" {
  description = "Key prefixes under which the buckets hold confirmations, as they were set."
  value       = var.document_prefixes
}

output "ingestion_rule_arn" {
  description = "ARN of the EventBridge rule that starts runs for uploads. null without ingestion."
  value       = one(module.ingestion[*].rule_arn)
}

output "kms_key_arn" {
  description = "ARN of the key that encrypts all data at rest."
  value       = local._kms_key_arn
}

output "kms_key_policy" {
  description = "Policy that the key of kms_key_arn needs. The key of create_kms_key = true has it."
  value       = module.encryption.key_policy
}

output "ledger_table_name" {
  description = "Name of the table of documents and their outcomes."
  value       = module.document_ledger.table_name
}

output "log_group_name" {
  description = "Name of the log group of the runs."
  value       = module.workflow.log_group_name
}

output "role_arn" {
  description = "ARN of the role of the state machine."
  value       = module.workflow.role_arn
}

output "state_machine_alias_arn" {
  description = "ARN of the alias that callers start: it points at the published version."
  value       = module.workflow.alias_arn
}

output "state_machine_alias_version_arn" {
  description = "ARN of the version that the alias points at."
  value       = module.workflow.alias_version_arn
}

output "state_machine_arn" {
  description = "ARN of the state machine. A destroy ends runs under way without an outcome: docs/operations.md."
  value       = module.workflow.arn
}

output "state_machine_definition" {
  description = "The state machine's rendered definition."
  value       = module.workflow.definition
}

output "state_machine_name" {
  description = "Name of the state machine."
  value       = module.workflow.name
}
