"""One look at one talent: who is asked, how politely, and how a picture is fetched."""
