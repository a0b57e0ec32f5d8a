"""The stories of the demonstration, and what its fans say, in each language on its own. Pure."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True)
class Told:
    """Hold a story in one language: title, words, the words a fan shares it with, and what its picture shows."""

    locale: str
    title: str
    body: str
    share: str
    picture: str


BOOKS_ALL_NIGHT = (
    Told(
        "en",
        "Books all night, until the last one is home",
        """The hall is as long as a football pitch, and nobody switches off the light. There are cookery books and \
atlases, novels for the train, picture books with a bear on every page. Most cost less than lunch. The oldest are \
looking for somebody who will read them a second time.

Come when it suits you. At eight in the evening families push their trolleys through the children's aisle, and \
somebody is always reading aloud. At three in the morning it is quiet: nurses after the late shift, students, a taxi \
driver with a list from his daughter. There is tea by the door, and a chair for whoever cannot wait until they are home.

A few posters hang in town. The rest is you. When you have found something, think of one friend who should have stood \
beside you, and send them your link. If they come because of you, five per cent of what they take home is yours.

We close when the last book has found a home.""",
        "I am standing in a hall full of books, and it does not close at night. I thought of you at the third shelf:",
        "A long aisle of books under paper lanterns at night, with people carrying full baskets",
    ),
    Told(
        "id",
        "Buku sepanjang malam, sampai yang terakhir dibawa pulang",
        """Aulanya sepanjang lapangan bola, dan lampunya tidak pernah dipadamkan. Ada buku masak dan atlas, novel \
untuk di kereta, buku bergambar dengan beruang di setiap halaman. Kebanyakan lebih murah daripada makan siang. Yang \
paling tua mencari orang yang mau membacanya sekali lagi.

Datanglah kapan saja. Pukul delapan malam, keluarga-keluarga mendorong troli di lorong anak-anak, dan selalu ada yang \
membacakan cerita. Pukul tiga pagi suasananya hening: perawat yang baru selesai jaga malam, mahasiswa, seorang sopir \
taksi dengan daftar titipan putrinya. Ada teh di dekat pintu, dan kursi bagi yang tidak sabar menunggu sampai rumah.

Poster kami di kota ini hanya beberapa. Selebihnya adalah Anda. Kalau sudah menemukan sesuatu, ingatlah satu teman \
yang mestinya berdiri di samping Anda, lalu kirimkan tautan Anda. Kalau dia datang karena Anda, lima persen dari \
belanjaannya menjadi milik Anda.

Kami tutup setelah buku terakhir mendapat rumah.""",
        "Aku lagi di aula penuh buku yang buka sepanjang malam. Baru sampai rak ketiga sudah ingat kamu:",
        "Lorong panjang penuh buku di bawah lampion kertas pada malam hari, orang-orang membawa keranjang penuh",
    ),
    Told(
        "pl",
        "Książki przez całą noc, aż ostatnia trafi do domu",
        """Hala jest długa jak boisko i nikt nie gasi w niej światła. Są książki kucharskie i atlasy, powieści do \
pociągu, książki z obrazkami, w których na każdej stronie mieszka niedźwiedź. Większość kosztuje mniej niż obiad. \
Najstarsze szukają kogoś, kto przeczyta je po raz drugi.

Przyjdź, kiedy chcesz. O ósmej wieczorem rodziny pchają wózki między półkami dla dzieci i zawsze ktoś czyta na głos. O \
trzeciej nad ranem jest cicho: pielęgniarki po dyżurze, studenci, taksówkarz z listą od córki. Przy drzwiach stoi \
herbata, a obok krzesło dla tych, którzy nie mogą doczekać się domu.

W mieście wisi kilka plakatów. Reszta to Ty. Kiedy coś znajdziesz, pomyśl o kimś, kto powinien był stać obok, i wyślij \
swój link. Jeśli ta osoba przyjdzie dzięki Tobie, pięć procent tego, co wyda, należy do Ciebie.

Zamykamy, gdy ostatnia książka znajdzie dom.""",
        "Stoję w hali pełnej książek, której nie zamykają na noc. Przy trzeciej półce pomyślałam o Tobie:",
        "Długa aleja książek nocą pod papierowymi lampionami i ludzie z pełnymi koszami",
    ),
    Told(
        "zh_Hans",
        "通宵书市，直到最后一本书回家",
        """这座大厅有足球场那么长，灯一直亮着，从不熄灭。这里有菜谱和地图册，有适合在火车上读的小说，也有每一页都住着一只熊的图画书。大多数书\
比一顿午饭还便宜。最旧的那些，正等着有人把它们再读一遍。

什么时候来都可以。晚上八点，一家一家人推着小车穿过童书区，总有人在大声念故事。凌晨三点，四周安静下来：刚下夜班的护士、学生，还有一位出租车司机，\
手里拿着女儿写的书单。门边有热茶，还有一把椅子，留给等不及回家就想翻开书的人。

城里只贴了几张海报，其余的全靠您。找到喜欢的书以后，请想一想，哪位朋友此刻本该站在您身边，把您的链接发给他。如果他因您而来，他买书的钱里，有百分\
之五归您。

等最后一本书找到家，我们才关门。""",
        "我在一个通宵不关门的书市，走到第三排书架就想起了你：",
        "夜里，纸灯笼下一条长长的书廊，人们提着装满书的篮子",
    ),
)

TEA_HOUSE = (
    Told(
        "en",
        "A chapter and a pot of tea",
        """On the first evening we close the street and open the tea house. Each table gets a pot, a lamp and one \
chapter of a book that nobody at the table knows. Somebody reads, the others pour. When the pot is empty you change \
tables, and the story goes on somewhere else.

There are forty chairs, and they are given to those who bring somebody along. Leave your name, and you will have your \
own link before the kettle boils.""",
        "In three weeks there is an evening of tea and reading aloud. I am keeping the chair next to me for you:",
        "A small tea house at dusk, with steam above the pots and people leaning over a book",
    ),
    Told(
        "id",
        "Satu bab dan sepoci teh",
        """Pada malam pertama kami menutup jalan dan membuka kedai teh. Setiap meja mendapat satu poci, satu lampu, \
dan satu bab dari buku yang belum dikenal siapa pun di meja itu. Satu orang membaca, yang lain menuang. Kalau pocinya \
sudah kosong, semua berpindah meja, dan ceritanya berlanjut di tempat lain.

Hanya ada empat puluh kursi, untuk mereka yang datang mengajak teman. Tinggalkan nama Anda, dan tautan Anda sudah jadi \
sebelum air mendidih.""",
        "Tiga minggu lagi ada malam minum teh sambil membaca nyaring. Kursi di sebelahku kusimpan untukmu:",
        "Kedai teh kecil saat senja, uap mengepul di atas poci, orang-orang menunduk di atas buku",
    ),
    Told(
        "zh_Hans",
        "一章书，一壶茶",
        """第一晚，我们把整条街关上，把茶馆打开。每张桌子有一壶茶、一盏灯，还有一章书，是桌上谁都没读过的。一个人念，其他人斟茶。茶壶空了就换一张\
桌子，故事在别处继续。

一共四十把椅子，留给带朋友一起来的人。留下您的名字，水还没烧开，您的链接就准备好了。""",
        "三个星期后有一场喝茶、念书的晚会，我旁边的椅子给你留着：",
        "黄昏时的小茶馆，茶壶上冒着热气，人们围着一本书",
    ),
)

WINTER_MARKET = (
    Told(
        "pl",
        "Zimowy targ książek",
        """Dwanaście straganów na rynku, pod każdym koc i termos. Stare komiksy, mapy gór, kryminały pachnące piwnicą. \
Kto przyniósł jedną książkę, wymieniał ją na dwie.

Śnieg padał tylko pierwszego dnia, a wieczorami i tak nikt nie chciał wracać. Dziękujemy wszystkim, którzy przyszli, a \
najbardziej tym, którzy kogoś przyprowadzili.""",
        "Na rynku jest zimowy targ książek i herbata z termosu. Przyjdź, zanim wszystko wykupię:",
        "Stragany z książkami na zaśnieżonym rynku wieczorem, nad nimi sznur lampek",
    ),
    Told(
        "en",
        "The winter book market",
        """Twelve stalls on the market square, under each a blanket and a flask. Old comics, maps of mountains, crime \
novels that smell of the cellar. Whoever brought one book went home with two.

It snowed on the first day only, and even so nobody wanted to leave in the evenings. Thank you to everybody who came, \
and most of all to those who brought somebody.""",
        "There is a winter book market in the square, and tea from a flask. Come before I buy all of it:",
        "Book stalls in a snowy square in the evening, with a string of lights above them",
    ),
)

WORDS = (
    ("id", "Aku cuma mau cari satu buku. Pulangnya bawa sebelas. Tolong."),
    ("id", "Jam tiga pagi paling enak: sepi, tehnya masih panas, dan tidak ada yang buru-buru."),
    ("en", "I found the atlas my grandfather had. Same coffee ring on the cover, I swear."),
    ("id", "Anakku duduk di lantai dan tidak mau pulang. Baru kali ini aku senang dia tidak menurut."),
    ("pl", "Przyszłam po jeden kryminał, wyszłam z siatką. Nie żałuję ani jednej złotówki."),
    ("id", "Ada buku resep nenekku, cetakan pertama! Besok aku balik lagi, ikut ya?"),
    ("zh_Hans", "给女儿挑了六本图画书，比一杯咖啡还便宜。周末一起来吧！"),
    ("id", "Yang di rak paling bawah jangan dilewatkan. Itu saja petunjuknya."),
    ("en", "Go at night. You will have a whole aisle to yourself, and somebody will offer you tea."),
    ("id", "Antre setengah jam di kasir dan tidak terasa: semua orang membaca sambil berdiri."),
    ("pl", "O drugiej w nocy ktoś czytał na głos „Lokomotywę”. Wszyscy stanęli."),
    ("id", "Kata adikku ini lebih seru daripada konser. Aku setuju, dan lebih murah."),
    ("zh_Hans", "凌晨三点的书市，有一种说不出的温柔。"),
    ("en", "My nightshift ends at two. First time I have ever been glad of it."),
    ("id", "Novel yang dulu kita pinjam bergantian di SMA, ada di lorong C. Cepat, tinggal satu."),
    ("pl", "Kupiłem słownik, którego nie potrzebuję. Jest piękny."),
    ("id", "Datang bertiga, pulang bertiga, plus dua kardus."),
    ("en", "Bring a bag. Bring a bigger bag than that."),
    ("id", "Sopir taksiku malah ikut masuk. Katanya sebentar. Sudah satu jam."),
    ("id", "Untuk yang suka peta: di ujung aula, sebelah kanan. Sama-sama."),
    ("zh_Hans", "这里没有人催你，灯也一直亮着。"),
    ("id", "Kutemukan buku dengan nama orang lain di halaman depan, dan pesannya bikin terharu."),
    ("pl", "Moja córka mówi, że tu mieszka. Na razie się nie kłócę."),
    ("en", "I told nobody for two days because I wanted it to myself. Now I feel bad. Here you are."),
)
