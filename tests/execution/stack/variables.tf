variable "agents" {
  description = "As the module's."
  type = map(object({
    runtime_arn          = string
    standby_runtime_arns = optional(list(string))
    protocol             = optional(string)
    completion           = optional(string)
    heartbeat_seconds    = optional(number)
    timeout_seconds      = optional(number)
    call_seconds         = optional(number)
    retry = optional(object({
      max_attempts      = optional(number)
      interval_seconds  = optional(number)
      backoff_rate      = optional(number)
      max_delay_seconds = optional(number)
    }))
    circuit_breaker = optional(object({
      failure_threshold   = optional(number)
      open_seconds        = optional(number)
      half_open_max_calls = optional(number)
    }))
  }))
  nullable = false
}

variable "deletion_protection" {
  description = "As the module's, but off: what a test applied it destroys. null: the module's default."
  type        = bool
  default     = false
}

variable "environment" {
  description = "As the module's."
  type        = string
  nullable    = false
}

variable "name" {
  description = "As the module's."
  type        = string
  nullable    = false
}

variable "state_machine_version" {
  description = "As the module's."
  type        = number
  default     = null
}

variable "workflow_type" {
  description = "As the module's."
  type        = string
  nullable    = false
}

variable "deferral" {
  description = "As the module accepts it."
  type        = object({ max_hours = optional(number), agent_failures = optional(number) })
  default     = {}
}

variable "max_concurrent_documents" {
  description = "As the module accepts it."
  type        = number
  default     = null
}

variable "new_sessions_per_second" {
  description = "As the module accepts it."
  type        = number
  default     = 25
}
