"""Names of people who do not exist, in the four languages of the demonstration. Pure."""

from __future__ import annotations

import unicodedata
from dataclasses import dataclass
from random import Random


def _each(names: str, by: str | None = None) -> tuple[str, ...]:
    return tuple(names.split(by))


_INDONESIAN_FIRST = _each(
    "Adi Agus Aisyah Amelia Andi Anisa Arif Ayu Bagas Bayu Bima Budi Citra Dedi Dewi Dian Dimas Eka Endah Fajar Farah "
    "Fitri Galih Gita Hana Hendra Indah Intan Joko Kartika Laras Lestari Lukman Made Maya Mega Nabila Nanda Novi Nur "
    "Putri Rahmat Rani Ratna Rizky Sari Surya Tari Teguh Tuti Utami Wahyu Wayan Wulan Yanti Yoga Yusuf Zahra"
)
_INDONESIAN_LAST = _each(
    "Anggraini Astuti Basuki Darmawan Firmansyah Gunawan Hakim Halim Handayani Hartono Hidayat Irawan Kurniawan "
    "Kusuma Lesmana Maharani Mahendra Maulana Mulyani Nasution Nugroho Pangestu Permata Prasetyo Pratama Purnama "
    "Rahayu Rahmawati Ramadhan Santoso Saputra Setiawan Simanjuntak Siregar Suharto Sulistyo Suryani Susanti Syahputra "
    "Wibowo Widodo Wijaya Yulianti"
)
_POLISH_WOMEN = _each(
    "Agnieszka Alicja Barbara Dorota Ewa Hanna Iga Jadwiga Kasia Lena Magda Maja Marta Ola Wanda Zofia"
)
_POLISH_MEN = _each("Adam Bartek Filip Grzegorz Jan Kacper Krzysztof Łukasz Maciej Marek Michał Paweł Piotr Staszek")
_POLISH_LAST = _each(
    "Nowak/Nowak Kowalski/Kowalska Wiśniewski/Wiśniewska Wójcik/Wójcik Kamiński/Kamińska Lewandowski/Lewandowska "
    "Zieliński/Zielińska Szymański/Szymańska Woźniak/Woźniak Dąbrowski/Dąbrowska Mazur/Mazur Jankowski/Jankowska "
    "Krawczyk/Krawczyk Pawłowski/Pawłowska Górski/Górska Sikora/Sikora Bąk/Bąk Lis/Lis Źródłowski/Źródłowska"
)
_CHINESE = _each(
    "陈晓雨 Chen_Xiaoyu|李明 Li_Ming|王静 Wang_Jing|张伟 Zhang_Wei|刘洋 Liu_Yang|黄丽华 Huang_Lihua|"
    "林志强 Lin_Zhiqiang|吴佳怡 Wu_Jiayi|周杰 Zhou_Jie|徐梦 Xu_Meng|孙浩 Sun_Hao|马小兰 Ma_Xiaolan|"
    "朱思远 Zhu_Siyuan|胡悦 Hu_Yue|郭子涵 Guo_Zihan|何文 He_Wen|高山 Gao_Shan|罗琳 Luo_Lin|郑凯 Zheng_Kai|"
    "梁小燕 Liang_Xiaoyan|宋雅 Song_Ya|唐宁 Tang_Ning|许诺 Xu_Nuo|邓婷 Deng_Ting|冯磊 Feng_Lei|曾可心 Zeng_Kexin",
    "|",
)
_ENGLISH_FIRST = _each(
    "Alice Amy Ben Chloe Daniel Edith Frank Grace Harriet Isaac Jack Jane Kate Leo Lucy Martha Nathan Olive Oscar "
    "Peter Rose Ruth Sam Sophie Theo Tom Violet Will"
)
_ENGLISH_LAST = _each(
    "Archer Bell Brooks Carter Clarke Dawson Ellis Fisher Fletcher Grant Harper Hughes Lane Marsh Miller Page Parker "
    "Reed Shaw Stone Turner Walker Webb Woods"
)
_PLAIN = str.maketrans("łŁ", "lL")


@dataclass(frozen=True)
class Somebody:
    """Hold a person who does not exist: name, mail address in a domain that does not exist either, language."""

    name: str
    email: str
    locale: str


def somebody(number: int, locale: str, random: Random) -> Somebody:
    """Make the number-th person up."""
    if locale == "id":
        # Many Indonesians have one name only.
        last = random.choice(_INDONESIAN_LAST) if random.random() < 0.85 else ""
        name = latin = f"{random.choice(_INDONESIAN_FIRST)} {last}".strip()
    elif locale == "pl":
        woman = random.random() < 0.55
        last = random.choice(_POLISH_LAST).split("/")[1 if woman else 0]
        name = latin = f"{random.choice(_POLISH_WOMEN if woman else _POLISH_MEN)} {last}"
    elif locale == "zh_Hans":
        name, latin = random.choice(_CHINESE).split()
    else:
        name = latin = f"{random.choice(_ENGLISH_FIRST)} {random.choice(_ENGLISH_LAST)}"
    return Somebody(name, f"{_box(latin)}.{number}@mail.example", locale)


def _box(name: str) -> str:
    plain = unicodedata.normalize("NFKD", name.translate(_PLAIN)).encode("ascii", "ignore").decode()
    return plain.lower().replace(" ", ".").replace("_", ".")
