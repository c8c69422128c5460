output "dead_letter_queue_arn" {
  description = "ARN of the dead-letter queue."
  value       = aws_sqs_queue.dead_letters.arn
}

output "dead_letter_queue_name" {
  description = "Name of the dead-letter queue."
  value       = aws_sqs_queue.dead_letters.name
}

output "dead_letter_queue_url" {
  description = "URL of the dead-letter queue."
  value       = aws_sqs_queue.dead_letters.url
}

output "due_index_name" {
  description = "Name of the sparse index of due documents."
  value       = local._due_index
}

output "table_arn" {
  description = "ARN of the document ledger."
  value       = aws_dynamodb_table.ledger.arn
}

output "table_name" {
  description = "Name of the document ledger."
  value       = aws_dynamodb_table.ledger.name
}
