using System.Text;

namespace Nave.Api;

/// <summary>
/// Encodes properties into a reusable buffer, once a message: for each, the system property's number (1 byte, 0 = application;
/// bit 7 set = no value follows), the name (varint length, UTF-8; absent for a system property) and the value (varint length,
/// UTF-8). A name that is added twice is kept twice; readers take the last. Not thread-safe; allocates only while it grows.
/// </summary>
public sealed class EventPropertiesWriter
{
    /// <summary>In the first byte of a property: it has no value.</summary>
    internal const byte NullFlag = 0x80;

    private const int InitialBytes = 256;

    // The bytes of the longest length prefix that a reader takes.
    private const int MaxPrefix = 4;

    // A single oversized message must not pin its buffer to a connection for ever.
    private const int KeptBytes = 64 * 1024;

    private byte[] _buffer = new byte[InitialBytes];
    private byte[] _scratch = new byte[InitialBytes];
    private int _length;

    /// <summary>Gets what was written since <see cref="Clear"/>; valid until the next call.</summary>
    public ReadOnlySpan<byte> Written => _buffer.AsSpan(0, _length);

    /// <summary>Gets how many bytes names of application properties and all values have: what the message size limit counts.</summary>
    public int ContentBytes { get; private set; }

    /// <summary>Gets how many properties were added.</summary>
    public int Count { get; private set; }

    /// <summary>Starts anew.</summary>
    public void Clear()
    {
        _length = 0;
        ContentBytes = 0;
        Count = 0;
        if (_buffer.Length > KeptBytes)
        {
            _buffer = new byte[InitialBytes];
        }

        if (_scratch.Length > KeptBytes)
        {
            _scratch = new byte[InitialBytes];
        }
    }

    /// <summary>Adds a system property.</summary>
    public void Add(SystemProperty property, ReadOnlySpan<byte> value)
    {
        Reserve(1 + MaxPrefix + value.Length);
        _buffer[_length++] = (byte)property;
        Put(value);
        Count++;
    }

    /// <summary>Adds a system property.</summary>
    public void Add(SystemProperty property, ReadOnlySpan<char> value)
    {
        Reserve(1 + MaxPrefix + Encoding.UTF8.GetMaxByteCount(value.Length));
        _buffer[_length++] = (byte)property;
        Put(value);
        Count++;
    }

    /// <summary>Adds an application property.</summary>
    public void Add(ReadOnlySpan<byte> name, ReadOnlySpan<byte> value)
    {
        Reserve(1 + MaxPrefix + MaxPrefix + name.Length + value.Length);
        _buffer[_length++] = 0;
        Put(name);
        Put(value);
        Count++;
    }

    /// <summary>Adds an application property.</summary>
    public void Add(ReadOnlySpan<char> name, ReadOnlySpan<char> value)
    {
        Reserve(1 + MaxPrefix + MaxPrefix + Encoding.UTF8.GetMaxByteCount(name.Length) + Encoding.UTF8.GetMaxByteCount(value.Length));
        _buffer[_length++] = 0;
        Put(name);
        Put(value);
        Count++;
    }

    /// <summary>Adds an application property that has a name and no value.</summary>
    public void AddNull(ReadOnlySpan<byte> name)
    {
        Reserve(1 + MaxPrefix + name.Length);
        _buffer[_length++] = NullFlag;
        Put(name);
        Count++;
    }

    /// <summary>Adds every property of a set.</summary>
    public void AddAll(EventProperties properties)
    {
        var reader = new EventPropertiesReader(properties.Encoded.Span);
        while (reader.TryRead())
        {
            if (reader.System != SystemProperty.None)
            {
                Add(reader.System, reader.Value);
            }
            else if (reader.IsNull)
            {
                AddNull(reader.Name);
            }
            else
            {
                Add(reader.Name, reader.Value);
            }
        }
    }

    /// <summary>Copies what was written into properties that own their memory.</summary>
    public EventProperties ToProperties() => _length == 0 ? EventProperties.Empty : new EventProperties(Written.ToArray());

    /// <summary>Gets room for a decoder's work, as reusable as the buffer itself.</summary>
    internal Span<byte> Scratch(int bytes)
    {
        if (bytes > _scratch.Length)
        {
            _scratch = new byte[Math.Max(bytes, _scratch.Length * 2)];
        }

        return _scratch.AsSpan(0, bytes);
    }

    private void Put(ReadOnlySpan<byte> bytes)
    {
        PutLength(bytes.Length);
        bytes.CopyTo(_buffer.AsSpan(_length));
        _length += bytes.Length;
        ContentBytes += bytes.Length;
    }

    private void Put(ReadOnlySpan<char> text)
    {
        // The length comes first, so the bytes are counted before they are written.
        var count = Encoding.UTF8.GetByteCount(text);
        PutLength(count);
        Encoding.UTF8.GetBytes(text, _buffer.AsSpan(_length));
        _length += count;
        ContentBytes += count;
    }

    private void PutLength(int length)
    {
        while (length >= 0x80)
        {
            _buffer[_length++] = (byte)(length | 0x80);
            length >>= 7;
        }

        _buffer[_length++] = (byte)length;
    }

    private void Reserve(int bytes)
    {
        if (bytes > _buffer.Length - _length)
        {
            Array.Resize(ref _buffer, Math.Max(_buffer.Length * 2, _length + bytes));
        }
    }
}
