"""Names of apps: what may be one, and what the platform calls an app that came without. Pure.

Source: API specification, section 6.3.
"""

from __future__ import annotations

import random
import re
from collections.abc import Callable

NAME = re.compile(r"[a-z]([a-z0-9-]*[a-z0-9])?")
SLUG = re.compile(r"[-a-zA-Z0-9_]+")
LIMIT = 63
WRONG_NAME = (
    "App name must start with an alphabetic character, cannot end with a hyphen "
    "and can only contain a-z (lowercase), 0-9 and hyphens."
)
WRONG_SLUG = 'Enter a valid "slug" consisting of letters, numbers, underscores or hyphens.'
TOO_LONG = f"Ensure this field has no more than {LIMIT} characters."

ADJECTIVES = (
    "actual aerial agreed amused ardent astral atomic autumn bamboo benign blithe bonded bouncy breezy "
    "bright bronze candid casual cheery chosen classy clever cobalt copper cosmic cotton cozier crafty "
    "creamy cuddly dainty daring decent docile double dreamy earthy elated expert famous fervid finest "
    "floral fluent formal frosty frozen genial gentle gifted gilded ginger global golden hearty heroic "
    "honest humble indigo jaunty jovial joyful kindly lawful lively loving mellow mighty minted modern "
    "modest mutual narrow native nimble normal oblong orange orchid patent placid polite pretty prized "
    "proper purple quaint rising robust rolled rustic sacred scenic secure serene shaded silent silken "
    "silver simple smooth social softly spring square stable steady strong sturdy subtle summer sunken "
    "superb supple tender tidier tinted tiptop trusty unique united upbeat urbane usable useful velvet "
    "violet warmer welded wicker winged winter wintry wooden worthy yearly yellow"
)
NOUNS = (
    "aardvark airplane almanack anaconda antelope aqueduct armchair asterism backpack bagpipes ballroom "
    "baritone barnacle baseball bathrobe beetroot birdbath blizzard blossoms bluebell boatyard bookcase "
    "boulders bracelet broccoli cabinets calendar canister caravans cardinal cashmere cauldron champion "
    "cheetahs chestnut cinnamon clarinet cloister coconuts computer corduroy cottages crescent cucumber "
    "cupboard currents daffodil daylight diagonal dinosaur doorbell driftway elephant emeralds envelope "
    "espresso eyeglass farmland festival firewood flagpole flamingo flounder flywheel footpath fountain "
    "foxglove galaxies gardener gemstone gondolas haystack hedgehog heirloom highland hydrogen icebergs "
    "japonica jasmines keyboard keystone kingfish landmark lanterns lavender lemonade lighting limerick "
    "lobsters magnolia mahogany mandolin marigold meridian minstrel moonbeam mountain mulberry mushroom "
    "necklace notebook nutshell ointment omelette orchards organism ornament paintbox parakeet passport "
    "pavement peacocks pendulum peppered pinafore pinecone platypus plumtree postcard prairies quadrant "
    "radiator rainbows raindrop reindeer ringlets riverbed rosemary sailboat sandwich sapphire scorpion "
    "seashell shepherd shoelace skylight snowball snowfall songbird starfish starling stocking sunbeams "
    "sundials sunshine sycamore tapestry teaspoon terraces thistles trombone trumpets umbrella vineyard "
    "volcanos waterway whistles wildfire windmill woodland workshop"
)


def list_problems(name: str, *, reserved: frozenset[str]) -> list[str]:
    """Everything wrong with a name; uniqueness is the database's matter."""
    problems = []
    if len(name) > LIMIT:
        problems.append(TOO_LONG)
    if not NAME.fullmatch(name):
        problems.append(WRONG_NAME)
        if not SLUG.fullmatch(name):
            problems.append(WRONG_SLUG)
    if name in reserved:
        problems.append(f"{name} is a reserved name.")
    return problems


def generate_name(source: random.Random, *, is_taken: Callable[[str], bool]) -> str:
    """``<adjective>-<noun>``, six and eight letters, that nobody uses yet."""
    while True:
        name = f"{source.choice(ADJECTIVES.split())}-{source.choice(NOUNS.split())}"
        if not is_taken(name):
            return name
