"""Words that names are made of: invented artists and songs, in a dozen scripts, some hostile.

No real artist, song or label is meant.  Names are unusual pairs of usual words, so that
they are nobody's, and readable, so that a chart of them can be looked at.
"""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Scene:
    """Where artists come from, and how they and their songs are named there.

    Attributes:
        home: The country whose listeners like them most (ISO 3166, lower case).
        genre: What Apple would call it, with Apple's number for it.
        share: How many of a thousand songs are theirs.
        acts: First and second words of artists' names.
        songs: First and second words of songs' names.
        space: What stands between two words.
    """

    home: str
    genre: tuple[str, str]
    share: int
    acts: tuple[str, str]
    songs: tuple[str, str]
    space: str = " "


SCENES = (
    Scene(
        "us",
        ("14", "Pop"),
        270,
        (
            "Marlow,Tamsin,Odell,Briony,Caspian,Wrenna,Jolyon,Sabeth,The Ninefold,Little Bureau of",
            "Quillfeather,Ostravey,Pennythistle,Thornquarrel,Brackwater,Larksome,Harbourmasters,Vandermoss",
        ),
        (
            (
                "Borrowed,Sideways,Half-Awake,Fluorescent,Second-Hand,Unsent,"
                "Velcro,Backwards,Copper,Tuesday's,Almost My,Somebody Else's"
            ),
            (
                "Weather Report,Umbrella,Satellite Town,Elevator Letters,Aquarium,Staircase,"
                "Tangerine Voicemail,Snow Globe,Parking Lot Ballet,Lighthouse,Compass Rose,Thermostat"
            ),
        ),
    ),
    Scene(
        "us",
        ("18", "Hip-Hop/Rap"),
        100,
        ("Kilo,Deacon,Lil,Yung,Miss,Doc", "Thermos,Quartile,Parsnip,Ledger,Abacus,Ottoman"),
        (
            "Receipts for,No Sleep in,Twelve,Corner Booth,Overtime,Cash for",
            "Breakfast,Spreadsheets,Elevators,Freestyle No. 9,Thermometers,Gold Umbrellas",
        ),
    ),
    Scene(
        "gb",
        ("20", "Alternative"),
        90,
        (
            "Saint,Royal,Wool,Foxglove,Admiral,Pale",
            "Teapots,Ferry Club,Marmalade,Cartographers,Drizzle,Semaphore",
        ),
        (
            "Rain over,Postcards from,The Last Bus to,Goodnight,Notes on,Sorry about",
            "the Old Pier,the Allotment,Platform Zero,My Cardigan,the Tide Table,Number Eleven",
        ),
    ),
    Scene(
        "mx",
        ("12", "Latin"),
        120,
        (
            "Los Faroles,La Niña,Señor,Doña,El Último,Ximena",
            "del Tejado,Paraguas,Corazón de Papel,Ñandú,Relámpago,Azucena Brava",
        ),
        (
            "Canción,Mañana,Teléfono,Ojalá,Ascensor,¿Quién?,Bailándole a,Sin",
            "sin Paraguas,de Cartón,en Marzo,la Niñez,al Revés,bajo la Lámpara,azul,Corazón",
        ),
    ),
    Scene(
        "br",
        ("1122", "Brazilian"),
        70,
        ("Irmãos,Dona,Conexão,Zé,Garças", "da Varanda,Maçã Verde,do Guarda-Chuva,Pião,Ação Lunar"),
        (
            "Verão,Coração,Amanhã,São,Três,Avião",
            "de Papelão,sem Chão,na Estação,do Sertão Azul,às Avessas,Já Vem",
        ),
    ),
    Scene(
        "fr",
        ("1", "Chanson"),
        80,
        ("Élodie,Les Frères,Côté,Maître,Zoé", "Parapluie,d'Août,Pamplemousse,Œillet,Saint-Ficelle"),
        (
            "L'été,Où va,Déjà,Garçon,Sous,Mémoire",
            "le tramway,des œufs,minuit moins vingt,à l'envers,l'ascenseur,de Noëlle",
        ),
    ),
    Scene(
        "de",
        ("17", "Dance"),
        40,
        ("Grüße,DJ,Fräulein,Süd", "Regenschirm,Straßenbahn,Kühlschrank,Öltanker"),
        ("Übermorgen,Größer als,Tschüss,Müde", "im Fahrstuhl,die Ostsee,für Anfänger,bis Donnerstag"),
    ),
    Scene(
        "jp",
        ("27", "J-Pop"),
        70,
        ("硝子,真夜中,水玉,北北西,紙の", "回覧板,天文台,郵便局,観覧車倶楽部,予報士"),
        ("雨上がりの,透明な,逆さまの,八月と,三角の,まだ", "切符,留守電,金魚,交差点,冷蔵庫,シグナル"),
        "",
    ),
    Scene(
        "kr",
        ("51", "K-Pop"),
        70,
        ("종이,한밤의,초록,느린,유리", "우체국,기차역,온실,라디오국,고래"),
        ("젖은,거꾸로 가는,스무 번째,작은,잠든,오월의", "우산,신호등,엘리베이터,편지,바다,유성"),
    ),
    Scene(
        "eg",
        ("1197", "Arabic Pop"),
        30,
        ("نوارس,قمر,صدى,غيمة", "الميناء,الثلاثاء,الزجاج,المحطة"),
        ("رسالة,نافذة,قطار,ساعة", "من ورق,بلا عنوان,إلى الغد,قبل الفجر"),
    ),
    Scene(
        "in",
        ("1263", "Bollywood"),
        30,
        ("काग़ज़ी,नीला,धीमी,शीशे का", "बारिश,डाकघर,पतंग,स्टेशन"),
        ("आधी,पहली,भूली हुई,गीली", "चिट्ठी,छतरी,ट्रेन,दोपहर"),
    ),
    Scene(
        "gr",
        ("14", "Pop"),
        15,
        ("Χάρτινο,Αργό,Γυάλινο", "Καΐκι,Ταχυδρομείο,Ακρογιάλι"),
        ("Μπλε,Ανάποδο,Τελευταίο", "Φανάρι,Ποδήλατο,Καλοκαίρι"),
    ),
    Scene(
        "bg",
        ("21", "Rock"),
        15,
        ("Бавен,Стъклен,Хартиен", "Трамвай,Телескоп,Чадър"),
        ("Нощна,Синя,Забравена", "Гара,Антена,Зима"),
    ),
)

COUNTRIES = (  # noqa: SIM905 - 185 quoted words would fill a page
    "AD AE AG AL AM AO AR AT AU AZ BA BB BD BE BF BG BH BI BJ BN BO BR BS BT BW BY BZ CA CD CG CH CI CL "
    "CM CO CR CV CW CY CZ DE DJ DK DM DO DZ EC EE EG ES ET FI FJ FM FR GA GB GD GE GH GM GN GQ GR GT GW "
    "GY HK HN HR HT HU ID IE IL IN IQ IS IT JM JO JP KE KG KH KI KM KN KR KW KZ LA LB LC LI LK LR LS LT "
    "LU LV LY MA MC MD ME MG MH MK ML MN MO MR MT MU MV MW MX MY MZ NA NE NG NI NL NO NP NR NZ OM PA PE "
    "PG PH PK PL PR PS PT PW PY QA RO RS RW SA SB SC SE SG SI SK SL SM SN SR ST SV SZ TD TG TH TJ TL TN "
    "TO TR TT TV TW TZ UA UG US UY UZ VC VE VN VU WS XK ZA ZM ZW"
).split()
"""Where music is sold: the 185 countries that Spotify serves (ISO 3166, and XK)."""

COMBINING = ("Cafe\u0301 Noe\u0308lle", "Vie\u0323\u0302t Mo\u031bi Ra\u0302\u0300m")
"""Artists whose accents are separate characters, as some labels deliver them."""

EMOJI = ("🦊🌙 FOXPHASE", "☂️ umbrella 👩\u200d🚀 club")
"""Artists with pictures in their names, one of them joined from two."""

HOSTILE_ACTS = ('AC "The Plug" & <b>Sons</b>', "Robin'); DROP TABLE artists;--")
"""Artists' names that break what takes data for code."""

HOSTILE_SONGS = (
    "<script>alert('track')</script>",
    '=HYPERLINK("http://127.0.0.1/","Click")',
    "'; DROP TABLE song_data; --",
    '"><img src=x onerror=alert(1)>',
    "Two\nLines\tand a Tab",
    "../../etc/passwd",
    "Mirror \u202egnirorriM\u202c Song",
    "{{7*7}} ${7*7} %s %(name)s \\",
    "@SUM(1+1)*cmd|' /C calc'!A0",
    "NULL",
    "Ẑ̸̡͎̼a̵̢l̶̦g̷̱o̴͔ on the Line",
    "The Very Long Song That Would Not End, " + "and Another Verse, and the Chorus Again, " * 8 + "and Out",
)
"""Titles that break what takes data for code, or text for something short and plain."""


def pairs(words: tuple[str, str], space: str) -> list[str]:
    """Every name that a first and a second word make, far apart ones side by side."""
    firsts, seconds = (half.split(",") for half in words)
    return [
        f"{first}{space}{seconds[(place + turn) % len(seconds)]}"
        for turn in range(len(seconds))
        for place, first in enumerate(firsts)
    ]
