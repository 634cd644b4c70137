using Microsoft.AspNetCore.Http;
using Nave.Api;

namespace Nave.Server.Http;

/// <summary>Message properties as HTTP headers: system ones have their own, application ones start with <c>iothub-app-</c>.</summary>
internal static class MessageHeaders
{
    /// <summary>What the header of an application property starts with.</summary>
    public const string ApplicationPrefix = "iothub-app-";

    /// <summary>Reads the properties of a message that a request carries.</summary>
    public static EventPropertiesWriter Read(IHeaderDictionary headers)
    {
        var writer = new EventPropertiesWriter();
        foreach (var (name, value) in headers)
        {
            Add(writer, name, value.ToString());
        }

        return writer;
    }

    /// <summary>Adds a property by its header's name; other headers are no properties.</summary>
    public static void Add(EventPropertiesWriter writer, string header, string value)
    {
        if (header.StartsWith(ApplicationPrefix, StringComparison.OrdinalIgnoreCase))
        {
            writer.Add(header.AsSpan(ApplicationPrefix.Length), value);
        }
        else if (SystemPropertyNames.FromHttp(header) is not SystemProperty.None and var property)
        {
            writer.Add(property, value.AsSpan());
        }
    }

    /// <summary>Writes properties as headers of a response.</summary>
    public static void Write(IHeaderDictionary headers, EventProperties properties)
    {
        foreach (var property in properties)
        {
            var name = property.System == SystemProperty.None ? ApplicationPrefix + property.Name : SystemPropertyNames.Http(property.System);
            if (name is not null)
            {
                headers[name] = property.Value;
            }
        }
    }
}
