/**
 * The part of stream-reader.ts, in Perl, that hides secrets. The reader is where a step's output is first read, and it
 * outlives the engine: nothing behind it, neither a file nor a record, ever holds a secret, also where no engine is
 * there. It finds the values among its own variables (of which the step has the same), so that none stands in an
 * argument or a file. The forms are those of src/secrets/secret-forms.ts, and what is hidden is what
 * src/secrets/masker.ts hides; a test holds the two together.
 *
 * A key of thirty lines has hundreds of forms, which one pattern finds at 15,000 lines a second. So the bytes are first
 * looked at eight by eight: wherever a form of fifteen bytes or more begins, one of these eights is among the first of
 * its own. Only where one is known, the pattern of all forms is asked: 150,000 lines a second. The pattern of a few
 * forms is quicker than that.
 *
 * `forms(NAMES)` returns the forms, the longest first; `hide(STREAM, BYTES, ENDED)` the bytes that are surely clean by
 * now. Bytes that may be the beginning of a secret are held back until more come.
 */
export const STREAM_MASKING = String.raw`
sub encoded {
  my ($text, $kept, $space) = @_;
  my $all = join("", map { chr } 0..255);
  my %as = map { $_ => sprintf("%%%02X", ord) } split(//, $all);
  $as{" "} = $space if defined $space;
  (my $upper = $text) =~ s/([^$kept])/$as{$1}/g;
  (my $lower = $upper) =~ s/(%[0-9A-F]{2})/lc $1/ge;
  return ($upper, $lower);
}
sub in_json {
  my ($text, $ascii) = @_;
  my %as = ("\"" => "\\\"", "\\" => "\\\\", "\b" => "\\b", "\f" => "\\f", "\n" => "\\n", "\r" => "\\r", "\t" => "\\t");
  return $text =~ s/(["\\\x00-\x1f])/$as{$1} || sprintf("\\u%04x", ord $1)/ger unless $ascii;
  utf8::decode($text);
  my $unit = sub {
    my $code = ord $_[0];
    return sprintf("\\u%04x", $code) if $code < 0x10000;
    return sprintf("\\u%04x\\u%04x", 0xd800 + (($code - 0x10000) >> 10), 0xdc00 + (($code - 0x10000) & 0x3ff));
  };
  $text =~ s/(["\\]|[^ -~])/$as{$1} || $unit->($1)/ge;
  utf8::encode($text);
  return $text;
}
sub in_base64 {
  my ($before, $text) = @_;
  my $coded = pack("u", "\0" x $before . $text);
  $coded =~ s/^.//gm;
  $coded =~ s/\n//g;
  $coded =~ tr{\x60 -_}{AA-Za-z0-9+/};
  my $first = int(($before * 8 + 5) / 6);
  return substr($coded, $first, int(($before + length $text) * 8 / 6) - $first);
}
sub forms {
  my %forms;
  for my $value (@ENV{@_}) {
    (my $whole = $value) =~ s/[\r\n]+\z//;
    my @texts = split(/\r?\n/, $whole, -1);
    my @lines = @texts > 1 ? grep { (my $t = $_) =~ s/^[ \t]+|[ \t]+\z//g; length $t >= 8 } @texts : ();
    for my $text ($whole, @lines) {
      next if length $text < 2;
      my @forms = ($text, in_json($text, 0), in_json($text, 1), $text =~ s/\x27/\x27\\\x27\x27/gr);
      push @forms, encoded($text, "A-Za-z0-9_.!~*\x27()-"), encoded($text, "A-Za-z0-9_.~-"), encoded($text, "A-Za-z0-9_.~/-");
      push @forms, encoded($text, "A-Za-z0-9*._-", "+"), encoded($text, "A-Za-z0-9._~-", "+");
      if (length $text >= 4) {
        push @forms, unpack("H*", $text), uc unpack("H*", $text);
        for my $coded (map { in_base64($_, $text) } 0..2) {
          push @forms, $coded, $coded =~ tr{+/}{-_}r if length $coded >= 4;
        }
        for my $width (64, 76) {
          push @forms, grep { length >= 16 } unpack("(A$width)*", in_base64(0, $text)) if length $text > 48;
        }
      }
      $forms{$_} = 1 for grep { length >= 2 } @forms;
    }
  }
  return sort { length $b <=> length $a || $a cmp $b } keys %forms;
}
my ($secret, $brief, $longest, %begins, %short, %eights, @held);
sub learn {
  my @forms = forms(@_) or return;
  my $all = join("|", map { quotemeta } @forms);
  $secret = qr/$all/;
  $longest = length $forms[0];
  for my $form (@forms) {
    push @{$begins{substr($form, 0, 4)}}, $form;
    for (1..3) { $short{substr($form, 0, $_)} = 1 if length $form > $_ }
  }
  return if @forms < 40;
  my $few = join("|", map { quotemeta } grep { length $_ < 15 } @forms);
  $brief = qr/$few/ if $few ne "";
  for my $form (grep { length $_ >= 15 } @forms) { $eights{substr($form, $_, 8)} = 1 for 0..7 }
}
sub sure {
  my $size = length $_[0];
  my $at = $size < $longest ? 0 : $size - $longest + 1;
  for (; $at < $size; $at++) {
    my $rest = $size - $at;
    if ($rest < 4) { return $at if $short{substr($_[0], $at)}; next }
    for my $form (@{$begins{substr($_[0], $at, 4)} || next}) {
      return $at if length $form > $rest && substr($form, 0, $rest) eq substr($_[0], $at);
    }
  }
  return $size;
}
sub hide {
  my ($one, $bytes, $ended) = @_;
  return $bytes unless defined $secret;
  my $all = defined $held[$one] ? $held[$one] . $bytes : $bytes;
  my $until = $ended ? length $all : sure($all);
  my ($out, $from) = ("", 0);
  my $find = !%eights || (grep { $eights{$_} } unpack("(a8)*", $all)) ? $secret : $brief;
  while (defined $find && $all =~ /$find/g) {
    last if $-[0] >= $until;
    $out .= substr($all, $from, $-[0] - $from) . "***";
    $from = $+[0];
  }
  my $end = $from > $until ? $from : $until;
  $out .= substr($all, $from, $end - $from);
  $held[$one] = substr($all, $end);
  return $out;
}
`;
