"""The endpoints of the agency's app that its own pages call, with its paths, fields, codes and envelopes."""
