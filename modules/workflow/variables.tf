variable "accepted_classifications" {
  description = "Classifications that complete a document."
  type        = list(string)
  nullable    = false
}

variable "agents" {
  description = "The four agents, with every setting."
  type = map(object({
    runtime_arn          = string
    standby_runtime_arns = list(string)
    qualifier            = string
    protocol             = string
    completion           = string
    heartbeat_seconds    = number
    timeout_seconds      = number
    call_seconds         = number
    retry = object({
      max_attempts      = number
      interval_seconds  = number
      backoff_rate      = number
      max_delay_seconds = number
    })
    patience = object({
      max_attempts      = number
      interval_seconds  = number
      backoff_rate      = number
      max_delay_seconds = number
    })
    circuit_breaker = object({
      failure_threshold   = number
      open_seconds        = number
      half_open_max_calls = number
    })
  }))
  nullable = false
}

variable "base_policy" {
  description = "Policy that the roles of all state machines have in common, as JSON."
  type        = string
  nullable    = false
}

variable "circuit_table" {
  description = "The table of circuits."
  type        = object({ name = string, arn = string })
  nullable    = false
}

variable "deferral" {
  description = "How long and how often a document waits before it is an exception."
  type        = object({ max_hours = number, agent_failures = number })
  nullable    = false
}

variable "document_bucket_arns" {
  description = "Buckets that hold the confirmations."
  type        = list(string)
  nullable    = false
}

variable "document_bucket_owner" {
  description = "Account that owns these buckets."
  type        = string
  nullable    = false
}

variable "document_prefixes" {
  description = "Beginnings of the keys of the confirmations."
  type        = list(string)
  nullable    = false
}

variable "exception_classifications" {
  description = "Classifications that raise an exception."
  type        = list(string)
  nullable    = false
}

variable "kms_key_arn" {
  description = "Key that encrypts the state machine and its logs."
  type        = string
  nullable    = false
}

variable "ledger" {
  description = "The document ledger and its dead-letter queue."
  type = object({
    table_name            = string
    table_arn             = string
    dead_letter_queue_url = string
    dead_letter_queue_arn = string
    retention_days        = number
    pending_hours         = number
  })
  nullable = false
}

variable "live_version" {
  description = "Number of the version that the alias points at. null: the latest."
  type        = number
  default     = null
}

variable "logs" {
  description = "What the state machine logs, and for how long the logs are retained."
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

variable "parameter_arns" {
  description = "ARN of the parameter that holds each agent's runtime ARN, by the agent's name."
  type        = map(string)
  nullable    = false
}

variable "parameter_names" {
  description = "Name of the parameter that holds each agent's runtime ARN, by the agent's name."
  type        = map(string)
  nullable    = false
}

variable "partition" {
  description = "Partition of AWS, the second part of every ARN."
  type        = string
  nullable    = false
}

variable "permissions_boundary_arn" {
  description = "Permissions boundary of the role."
  type        = string
  default     = null
}

variable "prefix" {
  description = "Name of the state machine and beginning of every other name."
  type        = string
  nullable    = false
}

variable "runtime_account_ids" {
  description = "Accounts beside this one whose runtimes may be called."
  type        = list(string)
  nullable    = false
}

variable "stop_sessions" {
  description = "Whether an agent's session is stopped after its reply or timeout."
  type        = bool
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

variable "workflow_type" {
  description = "EXPRESS or STANDARD."
  type        = string
  nullable    = false
}
