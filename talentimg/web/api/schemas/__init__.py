"""What requests and answers look like, for OpenAPI. Answers themselves are made by `talentimg.shapes`."""
