variable "agents" {
  description = "Names of the agents, in the order in which a document passes them."
  type        = list(string)
  nullable    = false
}

variable "alarm_actions" {
  description = "ARNs that the alarms notify, beside the topic."
  type        = list(string)
  nullable    = false
}

variable "alarms" {
  description = "Thresholds of the alarms."
  type = object({
    failed_percent       = number
    outage_percent       = number
    throttled_executions = number
    duration_percent     = number
    sessions_per_second  = number
    active_sessions      = number
    runtime_throttles    = number
    runtime_errors       = number
    latency_percent      = number
    step_failed_percent  = number
    dead_letters         = number
    dead_letter_age_days = number
    deferred_minutes     = number
    overdue_documents    = number
    dead_runs            = number
    table_throttles      = number
    undelivered_uploads  = number
  })
  nullable = false
}

variable "classifications" {
  description = "Every classification of trade-matching."
  type        = list(string)
  nullable    = false
}

variable "create_alarm_topic" {
  description = "Whether to create a topic that the alarms notify."
  type        = bool
  nullable    = false
}

variable "dead_letter_queue_name" {
  description = "Name of the dead-letter queue."
  type        = string
  nullable    = false
}

variable "kms_key_arn" {
  description = "Key that encrypts the topic."
  type        = string
  nullable    = false
}

variable "metrics_namespace" {
  description = "CloudWatch namespace of the workflow's metrics."
  type        = string
  nullable    = false
}

variable "outcomes" {
  description = "Every outcome of a run."
  type        = list(string)
  nullable    = false
}

variable "prefix" {
  description = "Name of the X-Ray group, and beginning of every other name."
  type        = string
  nullable    = false
}

variable "runtimes" {
  description = "By agent: the ARNs of the runtimes that may serve it, the usual one first, their endpoint, and the seconds that a call may take."
  type        = map(object({ arns = list(string), qualifier = string, timeout_seconds = number }))
  nullable    = false
}

variable "state_machine" {
  description = "The state machine, its type, and the seconds that a run may take."
  type        = object({ arn = string, name = string, type = string, seconds = number })
  nullable    = false
}

variable "tables" {
  description = "The DynamoDB tables, by what they hold, and the names of their indexes."
  type        = map(object({ name = string, indexes = optional(list(string), []) }))
  nullable    = false
}

variable "tags" {
  description = "Tags of every resource that supports them."
  type        = map(string)
  default     = {}
  nullable    = false
}

variable "tracing" {
  description = "Whether X-Ray traces the runs."
  type        = bool
  nullable    = false
}

variable "uploads" {
  description = "Whether uploads start runs."
  type        = bool
  nullable    = false
}
