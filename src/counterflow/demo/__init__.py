"""The training world: seeded, wholly synthetic trade with hidden schemes, to learn and test the loop on.

    places, goods, schemes (data/)  what there is: invented offices and firms, ordinary goods, hidden schemes
    options      how large, how long, how dirty: every choice with its reason
    parties      who trades with whom; repeats as in trade
    texts        what they say they send
    traffic      one week of ordinary consignments, as numbers
    schemes      the hidden ones, and how they shift after they are caught
    punctuality  which advance data came, how complete, how late
    dirt         broken rows, so that quarantine has work; the count is known
    crossings, harm, watchlist, announcements     the files beside the consignments
    world        ties it together, week by week
    files        writes it, for intake to read
    inspector    people at the belt: they miss things, and laboratories take days
    rehearsal    drives load, screen, plan, record over the weeks
    simulated    the same smugglers under `target simulate`: they move away from what a strategy finds
    score        what was found against what was there; the only reader of the truth

Everything it writes says *synthetic*. Figures reached in it say how the machinery behaves, nothing about the field.
"""
