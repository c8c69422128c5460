variable "alarm_actions" {
  description = "ARNs that the alarms notify beside the e-mail address, like the topic of an incident tool."
  type        = list(string)
  default     = []
  nullable    = false
}

variable "deletion_protection" {
  description = "Whether to protect tables, dead letters, logs and documents against a destroy."
  type        = bool
  default     = true
  nullable    = false
}

variable "environment" {
  description = "Environment, like prod."
  type        = string
  default     = "prod"
  nullable    = false
}

variable "on_call_email" {
  description = "E-mail address that the alarms notify. AWS first sends a confirmation there."
  type        = string
  nullable    = false
}

variable "permissions_boundary_arn" {
  description = "ARN of the permissions boundary that the account requires of every role."
  type        = string
  default     = null
}

variable "runtimes" {
  description = "By the agent's name: the runtime that serves it, those that its parameter may be switched to, the endpoint that is called, and the protocol that they speak."
  type = map(object({
    runtime_arn          = string
    standby_runtime_arns = optional(list(string), [])
    qualifier            = optional(string, "DEFAULT")
    protocol             = optional(string, "HTTP")
  }))
  nullable = false
}
