variable "base_policy" {
  description = "Policy that the roles of all state machines have in common, as JSON."
  type        = string
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
  description = "Days after its last outcome that a record is retained."
  type        = number
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
