using System.Collections;
using System.Text;

namespace Nave.Api;

/// <summary>System and application properties of a message, over their encoded form.</summary>
/// <param name="encoded">What <see cref="EventPropertiesWriter"/> made.</param>
public sealed class EventProperties(ReadOnlyMemory<byte> encoded) : IEnumerable<EventProperty>
{
    /// <summary>
    /// How many properties a message that a hub takes may have, those of the system included; ours: Azure counts their bytes alone. The
    /// form has no limit, and what is stored may have more.
    /// </summary>
    public const int MaxCount = 1000;

    /// <summary>Gets a set without properties.</summary>
    public static EventProperties Empty { get; } = new(default);

    /// <summary>Gets the encoded form.</summary>
    public ReadOnlyMemory<byte> Encoded { get; } = encoded;

    /// <summary>Gets how many bytes names of application properties and all values have: what the message size limit counts.</summary>
    public int ContentBytes
    {
        get
        {
            var sum = 0;
            var reader = new EventPropertiesReader(Encoded.Span);
            while (reader.TryRead())
            {
                sum += reader.Name.Length + reader.Value.Length;
            }

            return sum;
        }
    }

    /// <summary>Gets a system property, or <see langword="null"/>.</summary>
    public string? this[SystemProperty property]
    {
        get
        {
            string? found = null;
            var reader = new EventPropertiesReader(Encoded.Span);
            while (reader.TryRead())
            {
                if (reader.System == property && property != SystemProperty.None)
                {
                    found = Encoding.UTF8.GetString(reader.Value);
                }
            }

            return found;
        }
    }

    /// <summary>Gets an application property, or <see langword="null"/>; its name is case-sensitive. One without a value is empty.</summary>
    public string? this[string name]
    {
        get
        {
            var wanted = Encoding.UTF8.GetBytes(name);
            string? found = null;
            var reader = new EventPropertiesReader(Encoded.Span);
            while (reader.TryRead())
            {
                if (reader.System == SystemProperty.None && reader.Name.SequenceEqual(wanted))
                {
                    found = Encoding.UTF8.GetString(reader.Value);
                }
            }

            return found;
        }
    }

    /// <inheritdoc/>
    public IEnumerator<EventProperty> GetEnumerator()
    {
        // An iterator cannot hold a span across a yield, so the list is made first.
        var list = new List<EventProperty>();
        var reader = new EventPropertiesReader(Encoded.Span);
        while (reader.TryRead())
        {
            list.Add(new EventProperty(reader.System, Encoding.UTF8.GetString(reader.Name), Encoding.UTF8.GetString(reader.Value)) { IsNull = reader.IsNull });
        }

        return list.GetEnumerator();
    }

    IEnumerator IEnumerable.GetEnumerator() => GetEnumerator();
}
