variable "kms_key_arn" {
  description = "ARN of the key that encrypts the state machine, its logs, and the tables and queues that it uses."
  type        = string
  nullable    = false
}

variable "metrics_namespace" {
  description = "CloudWatch namespace of the metrics that it puts. null: it puts none, and uses neither tables nor a queue."
  type        = string
  default     = null
}

variable "state_machine_name" {
  description = "Name of the state machine."
  type        = string
  nullable    = false
}

variable "tracing" {
  description = "Whether X-Ray traces the state machine."
  type        = bool
  nullable    = false
}
