using System.Runtime.CompilerServices;
using System.Text;

namespace Nave.Fleet.Sync.Providers.Files;

/// <summary>Comma-separated values with a header: one column is the device id, each other one a field. An empty field is an absent one.</summary>
/// <param name="idColumn">The name of the column with ids.</param>
/// <param name="delimiter">What separates fields.</param>
internal sealed class CsvFormat(string idColumn, char delimiter) : IDeviceFileFormat
{
    private static readonly UTF8Encoding s_utf8 = new(encoderShouldEmitUTF8Identifier: false, throwOnInvalidBytes: true);

    public bool ValuesAreJson => false;

    public async IAsyncEnumerable<ExternalDevice> ReadAsync(Stream file, [EnumeratorCancellation] CancellationToken cancellationToken)
    {
        using var text = Open(file);
        var reader = new CsvReader(text, delimiter);
        var (columns, id) = await ReadHeaderAsync(reader, cancellationToken).ConfigureAwait(false);
        while (await reader.ReadAsync(cancellationToken).ConfigureAwait(false) is { } record)
        {
            yield return ToDevice(columns, columns.Count, id, record, reader.Line);
        }
    }

    public async Task RewriteAsync(
        Stream? old,
        Stream target,
        IReadOnlySet<string> names,
        Func<ExternalDevice, ExternalDevice?> change,
        Func<IEnumerable<ExternalDevice>> added,
        CancellationToken cancellationToken)
    {
        using var writer = new StreamWriter(target, s_utf8, bufferSize: 64 * 1024, leaveOpen: true) { NewLine = "\r\n" };
        using var text = old is null ? null : Open(old);
        var reader = text is null ? null : new CsvReader(text, delimiter);
        var (columns, id) = reader is null ? ([idColumn], 0) : await ReadHeaderAsync(reader, cancellationToken).ConfigureAwait(false);
        var width = columns.Count;
        columns.AddRange(names.Where(name => name != idColumn && !columns.Contains(name)).Order(StringComparer.Ordinal));
        await WriteAsync(writer, columns, cancellationToken).ConfigureAwait(false);
        while (reader is not null && await reader.ReadAsync(cancellationToken).ConfigureAwait(false) is { } record)
        {
            if (change(ToDevice(columns, width, id, record, reader.Line)) is { } device)
            {
                await WriteAsync(writer, ToRecord(columns, id, device), cancellationToken).ConfigureAwait(false);
            }
        }

        foreach (var device in added())
        {
            await WriteAsync(writer, ToRecord(columns, id, device), cancellationToken).ConfigureAwait(false);
        }

        await writer.FlushAsync(cancellationToken).ConfigureAwait(false);
    }

    private static StreamReader Open(Stream file) => new(file, s_utf8, detectEncodingFromByteOrderMarks: true, bufferSize: 64 * 1024, leaveOpen: true);

    private static IEnumerable<string> ToRecord(List<string> columns, int id, ExternalDevice device) =>
        columns.Select((name, i) => i == id ? device.Key : device.Fields.GetValueOrDefault(name) ?? string.Empty);

    private async ValueTask<(List<string> Columns, int Id)> ReadHeaderAsync(CsvReader reader, CancellationToken cancellationToken)
    {
        // An empty file is one that was cut off, not a registry without devices: that has a header.
        var columns = await reader.ReadAsync(cancellationToken).ConfigureAwait(false) ?? throw new DeviceFileException(1, "the file is empty; it begins with a line of column names.");
        var id = columns.IndexOf(idColumn);
        if (id < 0)
        {
            throw new DeviceFileException(reader.Line, $"there is no column '{idColumn}'.");
        }

        if (columns.Any(name => name.Length == 0 || name[0] == '\uFEFF'))
        {
            throw new DeviceFileException(reader.Line, "a column has no name, or one that begins with a byte order mark.");
        }

        return columns.Distinct(StringComparer.Ordinal).Count() == columns.Count ? (columns, id) : throw new DeviceFileException(reader.Line, "two columns have the same name.");
    }

    private ExternalDevice ToDevice(List<string> columns, int width, int id, List<string> record, long line)
    {
        if (record.Count != width)
        {
            throw new DeviceFileException(line, $"there are {record.Count} fields; the header has {width}.");
        }

        var fields = new Dictionary<string, string>(StringComparer.Ordinal);
        for (var i = 0; i < record.Count; i++)
        {
            if (i != id && record[i].Length > 0)
            {
                fields[columns[i]] = record[i];
            }
        }

        return record[id].Length > 0 ? new ExternalDevice { Key = record[id], Fields = fields } : throw new DeviceFileException(line, $"the column '{idColumn}' is empty.");
    }

    private async Task WriteAsync(StreamWriter writer, IEnumerable<string> record, CancellationToken cancellationToken)
    {
        var line = new StringBuilder();
        var isFirst = true;
        foreach (var field in record)
        {
            if (!isFirst)
            {
                line.Append(delimiter);
            }

            isFirst = false;
            if (field.AsSpan().IndexOfAny('"', '\r', '\n') >= 0 || field.Contains(delimiter, StringComparison.Ordinal))
            {
                line.Append('"').Append(field.Replace("\"", "\"\"", StringComparison.Ordinal)).Append('"');
            }
            else
            {
                line.Append(field);
            }
        }

        await writer.WriteLineAsync(line, cancellationToken).ConfigureAwait(false);
    }
}
