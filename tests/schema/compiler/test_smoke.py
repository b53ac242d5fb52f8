async def test_smoke(world):
    for who in ("all", "area", "province"):
        r = await world.ask("""{ schools(first: 3) { totalCount nodes { id name shout kind fee rate opened seen sameKind note masked secret tenant { id name } parent { name } figures { pupils phone } children(first: 2) { totalCount } pupils(first: 2) { nodes { name score school { name } mentor { name } } } mentored(first: 1) { nodes { name } } } } }""", world.askers[who])
        print(who, r.errors, r.data)
