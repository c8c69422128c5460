variable "agents" {
  description = "The agents of this environment, by name."
  type = map(object({
    runtime_arn          = string
    standby_runtime_arns = optional(list(string), [])
    protocol             = optional(string, "HTTP")
    timeout_seconds      = optional(number)
  }))
  nullable = false
}

variable "deletion_protection" {
  description = "Whether to protect tables, dead letters, logs and documents against a destroy."
  type        = bool
  nullable    = false
}

variable "environment" {
  description = "Environment: dev, staging or prod."
  type        = string
  nullable    = false

  validation {
    condition     = contains(["dev", "staging", "prod"], var.environment)
    error_message = "Set environment to dev, staging or prod."
  }
}

variable "log_retention_days" {
  description = "Days that the logs are retained."
  type        = number
  nullable    = false
}

variable "region" {
  description = "Region of this environment."
  type        = string
  nullable    = false
}

variable "workflow_type" {
  description = "EXPRESS or STANDARD."
  type        = string
  default     = "EXPRESS"
  nullable    = false
}
