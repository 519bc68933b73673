import os, sys, time
import pytest
from django.db import connection
from reactions.operations import like
from reactions.models import Like
from socialapp.messaging.consumer import consume
from socialapp.posts.models import Post
from socialapp.users.models import Person

def cpu():
    with connection.cursor() as c:
        c.execute("SELECT pg_backend_pid()"); pid = c.fetchone()[0]
    f = open(f"/proc/{pid}/stat").read().rsplit(")", 1)[1].split()
    return time.process_time(), (int(f[11]) + int(f[12])) / os.sysconf("SC_CLK_TCK")

@pytest.mark.django_db(transaction=True)
def test_rate():
    people = Person.objects.bulk_create([Person(username=f"p{n}") for n in range(60)])
    posts = [Post.objects.create(author=people[n], body="x") for n in range(50)]
    with connection.cursor() as c: c.execute("VACUUM ANALYZE")
    pairs = [(q, p) for q in posts for p in people]
    for q, p in pairs[:100]: like(post_id=q.pk, person_id=p.pk)
    consume()
    a = cpu(); t = time.perf_counter()
    for q, p in pairs[100:]: like(post_id=q.pk, person_id=p.pk)
    b = cpu(); t2 = time.perf_counter()
    n = 0
    while Like.objects.exists():
        got = consume()
        n += got
        if not got: break
    d = cpu(); t3 = time.perf_counter()
    k = len(pairs) - 100
    print(f"\nRATE like py {1e6*(b[0]-a[0])/k:.0f}us pg {1e6*(b[1]-a[1])/k:.0f}us wall {1e6*(t2-t)/k:.0f}us | drain of {n}: py {1e6*(d[0]-b[0])/k:.0f}us pg {1e6*(d[1]-b[1])/k:.0f}us wall {1e6*(t3-t2)/k:.0f}us", file=sys.__stdout__, flush=True)
