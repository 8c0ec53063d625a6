"""One look at one talent: which sources are asked, how politely, and how a picture is fetched."""
