variable "base_policy" {
  description = "What the role of every state machine may do, as JSON."
  type        = string
  nullable    = false
}

variable "deletion_protection" {
  description = "Whether the table refuses to be deleted, and with it the dead letters and the logs."
  type        = bool
  nullable    = false
}

variable "kms_key_arn" {
  description = "Key that encrypts the table, the queue, the sweep and its logs."
  type        = string
  nullable    = false
}

variable "log_group_name" {
  description = "Log group of the workflow, which a destroy deletes after the table only."
  type        = string
  nullable    = false
}

variable "logs" {
  description = "What the sweep logs, and for how long it is kept."
  type        = object({ level = string, retention_days = number, execution_data = bool })
  nullable    = false
}

variable "metrics_namespace" {
  description = "CloudWatch namespace of the metrics."
  type        = string
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
  description = "Days after its last outcome that a record is kept."
  type        = number
  nullable    = false
}

variable "tags" {
  description = "Tags of everything that takes some."
  type        = map(string)
  default     = {}
  nullable    = false
}

variable "tracing" {
  description = "Whether X-Ray traces the sweep."
  type        = bool
  nullable    = false
}
