variable "base_policy" {
  description = "Policy that the roles of all state machines have in common, as JSON."
  type        = string
  nullable    = false
}

variable "circuit_breakers" {
  description = "How each agent's circuit is set, by the agent's name."
  type        = map(object({ failure_threshold = number, open_seconds = number, half_open_max_calls = number }))
  nullable    = false
}

variable "circuit_table" {
  description = "The table of circuits and places."
  type        = object({ name = string, arn = string })
  nullable    = false
}

variable "deferral" {
  description = "How long a document waits before it is an exception."
  type        = object({ max_hours = number, agent_failures = number })
  nullable    = false
}

variable "deletion_protection" {
  description = "Whether to protect the table, and with it dead letters and logs, against deletion."
  type        = bool
  nullable    = false
}

variable "kms_key_arn" {
  description = "Key that encrypts the table, the queue, the sweep and its logs."
  type        = string
  nullable    = false
}

variable "log_group_name" {
  description = "Name of the workflow's log group, which a destroy deletes only after the table."
  type        = string
  nullable    = false
}

variable "logs" {
  description = "What the sweep logs, and for how long the logs are retained."
  type        = object({ level = string, retention_days = number, execution_data = bool })
  nullable    = false
}

variable "max_concurrent_documents" {
  description = "Documents that may be at work at once. null: any number."
  type        = number
  default     = null
}

variable "metrics_namespace" {
  description = "CloudWatch namespace of the metrics."
  type        = string
  nullable    = false
}

variable "new_sessions_per_second" {
  description = "New AgentCore sessions a second that documents may begin together."
  type        = number
  nullable    = false
}

variable "permissions_boundary_arn" {
  description = "Permissions boundary of the roles."
  type        = string
  default     = null
}

variable "prefix" {
  description = "Beginning of every name."
  type        = string
  nullable    = false
}

variable "retention_days" {
  description = "Days after its last outcome that a record is retained."
  type        = number
  nullable    = false
}

variable "runtimes" {
  description = "The agents' runtimes, of which the sweep stops the sessions that dead runs left at work. Empty: it stops none."
  type        = map(object({ arns = list(string), qualifier = string }))
  nullable    = false
}

variable "tags" {
  description = "Tags of every resource that supports them."
  type        = map(string)
  default     = {}
  nullable    = false
}

variable "tracing" {
  description = "Whether X-Ray traces the sweep."
  type        = bool
  nullable    = false
}

variable "uploads" {
  description = "Whether the queue accepts the events of uploads that could not be delivered."
  type        = bool
  nullable    = false
}

variable "workflow_alias_arn" {
  description = "Alias of the workflow, by which the sweep resumes documents."
  type        = string
  nullable    = false
}
