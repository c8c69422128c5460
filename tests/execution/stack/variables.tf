variable "agents" {
  description = "As the module's."
  type = map(object({
    runtime_arn          = string
    standby_runtime_arns = optional(list(string))
    timeout_seconds      = optional(number)
    retry                = optional(object({ max_attempts = optional(number) }))
    circuit_breaker      = optional(object({ failure_threshold = optional(number), open_seconds = optional(number) }))
  }))
  nullable = false
}

variable "name" {
  description = "As the module's."
  type        = string
  nullable    = false
}

variable "workflow_type" {
  description = "As the module's."
  type        = string
  nullable    = false
}
