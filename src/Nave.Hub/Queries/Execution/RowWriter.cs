using System.Buffers;
using System.Text.Encodings.Web;
using System.Text.Json;

namespace Nave.Hub.Queries;

/// <summary>Writes the rows of a page as one JSON array.</summary>
internal sealed class RowWriter : IDisposable
{
    private readonly ArrayBufferWriter<byte> _buffer = new(4096);
    private readonly Utf8JsonWriter _json;

    /// <summary>Begins the array.</summary>
    public RowWriter()
    {
        // The rows are ours and valid: checking every token again would cost more than writing it.
        _json = new Utf8JsonWriter(_buffer, new JsonWriterOptions { Encoder = Encoder, SkipValidation = true });
        _json.WriteStartArray();
    }

    /// <summary>Gets the encoder of results: it escapes what JSON demands and no more.</summary>
    public static JavaScriptEncoder Encoder => JavaScriptEncoder.UnsafeRelaxedJsonEscaping;

    /// <summary>Gets the number of rows.</summary>
    public int Count { get; private set; }

    /// <summary>Gets the bytes written.</summary>
    public long Length => _json.BytesCommitted + _json.BytesPending;

    /// <summary>Writes a row as it is.</summary>
    public void WriteDocument(ReadOnlySpan<byte> json)
    {
        _json.WriteRawValue(json, skipInputValidation: true);
        Count++;
    }

    /// <summary>Writes a row of columns; those without a value are left out.</summary>
    public void WriteColumns(IReadOnlyList<ProjectionColumn> columns, ReadOnlySpan<QueryValue> values)
    {
        _json.WriteStartObject();
        for (var i = 0; i < columns.Count; i++)
        {
            if (values[i].Kind != QueryValueKind.Undefined)
            {
                _json.WritePropertyName(columns[i].Name);
                values[i].WriteTo(_json);
            }
        }

        _json.WriteEndObject();
        Count++;
    }

    /// <summary>Ends the array and gives it.</summary>
    public ReadOnlyMemory<byte> Finish()
    {
        _json.WriteEndArray();
        _json.Flush();
        return _buffer.WrittenMemory;
    }

    /// <inheritdoc/>
    public void Dispose() => _json.Dispose();
}
