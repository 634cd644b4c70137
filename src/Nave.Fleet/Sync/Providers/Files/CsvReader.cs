using System.Text;

namespace Nave.Fleet.Sync.Providers.Files;

/// <summary>Reads comma-separated values (RFC 4180), record by record, with limits. Line ends are CRLF, LF or CR.</summary>
/// <param name="reader">The text.</param>
/// <param name="delimiter">What separates fields.</param>
internal sealed class CsvReader(TextReader reader, char delimiter)
{
    // A tag's value has at most 4 KiB (wire facts: twins); far beyond it a quotation mark was forgotten.
    public const int MaxFieldLength = 64 * 1024;
    public const int MaxFields = 1024;

    private readonly StringBuilder _field = new();
    private readonly char[] _buffer = new char[4096];
    private int _position;
    private int _length;
    private long _line = 1;

    /// <summary>Gets the line where the record began that was read last.</summary>
    public long Line { get; private set; }

    /// <summary>Reads a record; empty lines are passed over.</summary>
    /// <returns><see langword="null"/> at the end.</returns>
    /// <exception cref="DeviceFileException">A quoted field is not closed or goes on after its end, or a limit is passed.</exception>
    public async ValueTask<List<string>?> ReadAsync(CancellationToken cancellationToken)
    {
        while (true)
        {
            Line = _line;
            if (await PeekAsync(cancellationToken).ConfigureAwait(false) is not { } first)
            {
                return null;
            }

            if (first is '\r' or '\n')
            {
                await TakeLineEndAsync(cancellationToken).ConfigureAwait(false);
                continue;
            }

            var record = new List<string>();
            while (true)
            {
                record.Add(await ReadFieldAsync(cancellationToken).ConfigureAwait(false));
                if (record.Count > MaxFields)
                {
                    throw new DeviceFileException(Line, $"there are more than {MaxFields} fields.");
                }

                switch (await PeekAsync(cancellationToken).ConfigureAwait(false))
                {
                    case null:
                        return record;
                    case '\r' or '\n':
                        await TakeLineEndAsync(cancellationToken).ConfigureAwait(false);
                        return record;
                    default:
                        _position++;
                        break;
                }
            }
        }
    }

    private async ValueTask<string> ReadFieldAsync(CancellationToken cancellationToken)
    {
        _field.Clear();
        if (await PeekAsync(cancellationToken).ConfigureAwait(false) != '"')
        {
            while (await PeekAsync(cancellationToken).ConfigureAwait(false) is not null && !TakePlain())
            {
                // The field goes on in the next piece of the text.
            }

            return _field.ToString();
        }

        var start = _line;
        _position++;
        while (true)
        {
            switch (await PeekAsync(cancellationToken).ConfigureAwait(false))
            {
                case null:
                    throw new DeviceFileException(start, "the file ends inside the quoted field that begins here.");
                case '"':
                    _position++;
                    switch (await PeekAsync(cancellationToken).ConfigureAwait(false))
                    {
                        case '"':
                            Append("\"");
                            break;
                        case null or '\r' or '\n':
                            return _field.ToString();
                        case { } next when next == delimiter:
                            return _field.ToString();
                        default:
                            throw new DeviceFileException(_line, "a field goes on after its closing quotation mark.");
                    }

                    break;
                default:
                    TakeQuoted();
                    break;
            }
        }
    }

    /// <summary>Takes what is there of a field without quotes; true if its end is there too.</summary>
    private bool TakePlain()
    {
        var rest = _buffer.AsSpan(_position, _length - _position);
        var end = rest.IndexOfAny("\"\r\n".AsSpan());
        var next = rest.IndexOf(delimiter);
        end = next >= 0 && (end < 0 || next < end) ? next : end;
        if (end >= 0 && rest[end] == '"')
        {
            throw new DeviceFileException(_line, "there is a quotation mark inside a field that does not begin with one.");
        }

        Append(end < 0 ? rest : rest[..end]);
        return end >= 0;
    }

    /// <summary>Takes what is there of a field up to the next quotation mark.</summary>
    private void TakeQuoted()
    {
        var rest = _buffer.AsSpan(_position, _length - _position);
        var end = rest.IndexOf('"');
        rest = end < 0 ? rest : rest[..end];
        _line += rest.Count('\n');
        Append(rest);
    }

    private void Append(ReadOnlySpan<char> text)
    {
        if (_field.Length + text.Length > MaxFieldLength)
        {
            throw new DeviceFileException(Line, $"there is a field of more than {MaxFieldLength} characters.");
        }

        _field.Append(text);
        _position += text.Length;
    }

    private async ValueTask TakeLineEndAsync(CancellationToken cancellationToken)
    {
        var isReturn = _buffer[_position++] == '\r';
        if (isReturn && await PeekAsync(cancellationToken).ConfigureAwait(false) == '\n')
        {
            _position++;
        }

        _line++;
    }

    private ValueTask<char?> PeekAsync(CancellationToken cancellationToken) =>
        _position < _length ? ValueTask.FromResult<char?>(_buffer[_position]) : FillAsync(cancellationToken);

    private async ValueTask<char?> FillAsync(CancellationToken cancellationToken)
    {
        try
        {
            _length = await reader.ReadAsync(_buffer.AsMemory(), cancellationToken).ConfigureAwait(false);
        }
        catch (DecoderFallbackException)
        {
            throw new DeviceFileException(_line, "there are bytes here or below that are no UTF-8.");
        }

        _position = 0;
        return _length == 0 ? null : _buffer[0];
    }
}
