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

output "index_names" {
  description = "Names of the sparse indexes of due and of waiting documents."
  value       = values(local._indexes)
}

output "table_arn" {
  description = "ARN of the document ledger."
  value       = aws_dynamodb_table.ledger.arn
}

output "table_name" {
  description = "Name of the document ledger."
  value       = aws_dynamodb_table.ledger.name
}
