variable "bucket_arns" {
  description = "Buckets whose uploads start runs."
  type        = list(string)
  nullable    = false
}

variable "dead_letter_queue_arn" {
  description = "Queue for the events that cannot be delivered."
  type        = string
  nullable    = false
}

variable "document_bucket_owner" {
  description = "Account that owns the buckets."
  type        = string
  nullable    = false
}

variable "document_prefixes" {
  description = "Key prefixes of the confirmations."
  type        = list(string)
  nullable    = false
}

variable "permissions_boundary_arn" {
  description = "Permissions boundary of the role."
  type        = string
  default     = null
}

variable "prefix" {
  description = "Beginning of every name."
  type        = string
  nullable    = false
}

variable "tags" {
  description = "Tags of every resource that supports them."
  type        = map(string)
  default     = {}
  nullable    = false
}

variable "workflow_alias_arn" {
  description = "Alias that is started."
  type        = string
  nullable    = false
}
