"""Others are told what happened: webhooks and digests, both from the feed."""
