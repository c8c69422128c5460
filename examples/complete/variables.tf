variable "alarm_actions" {
  description = "ARNs that the alarms tell beside the e-mail, like the topic of an incident tool."
  type        = list(string)
  default     = []
  nullable    = false
}

variable "deletion_protection" {
  description = "Whether tables refuse to be deleted and the bucket refuses to be emptied."
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
  description = "Who is told of alarms. AWS asks there for a confirmation first."
  type        = string
  nullable    = false
}

variable "permissions_boundary_arn" {
  description = "Permissions boundary that the account asks of every role."
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
