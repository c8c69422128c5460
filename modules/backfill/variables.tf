variable "base_policy" {
  description = "Policy that the roles of all state machines have in common, as JSON."
  type        = string
  nullable    = false
}

variable "bucket_arns" {
  description = "Buckets that hold documents; the first one is meant where an input names none."
  type        = list(string)
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

variable "inventory_bucket_arns" {
  description = "Buckets that hold inventories."
  type        = list(string)
  nullable    = false
}

variable "kms_key_arn" {
  description = "Key that encrypts the state machine and its logs."
  type        = string
  nullable    = false
}

variable "logs" {
  description = "What the state machine logs, and for how long the logs are retained."
  type        = object({ level = string, retention_days = number, execution_data = bool })
  nullable    = false
}

variable "max_concurrency" {
  description = "Documents that are at work at once."
  type        = number
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

variable "results_bucket_arn" {
  description = "Bucket that receives the results, under backfill/."
  type        = string
  nullable    = false
}

variable "tags" {
  description = "Tags of every resource that supports them."
  type        = map(string)
  default     = {}
  nullable    = false
}

variable "tolerated_failure_percent" {
  description = "Percent of the objects that may fail before the backfill ends."
  type        = number
  nullable    = false
}

variable "tracing" {
  description = "Whether X-Ray traces the state machine."
  type        = bool
  nullable    = false
}

variable "workflow" {
  description = "The workflow, the alias that is started, its type, and the seconds that a run may take."
  type        = object({ arn = string, alias_arn = string, type = string, seconds = number })
  nullable    = false
}
