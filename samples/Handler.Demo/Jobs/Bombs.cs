using System.IO.Compression;
using System.Text;
using System.Text.Json;
using System.Xml;

namespace Handler.Demo.Jobs;

/// <summary>Small inputs that become enormous, and ordinary code that reads them.</summary>
internal static class Bombs
{
    /// <summary>Creates a gzip file of this many zeros.</summary>
    public static byte[] GzipOfZeros(long bytes)
    {
        var block = new byte[1 << 20];
        using var file = new MemoryStream();
        using (var gzip = new GZipStream(file, CompressionLevel.Optimal))
        {
            for (long written = 0; written < bytes; written += block.Length)
                gzip.Write(block);
        }

        return file.ToArray();
    }

    /// <summary>Decompresses into memory and returns the size.</summary>
    public static long Unzip(byte[] file)
    {
        using var gzip = new GZipStream(new MemoryStream(file), CompressionMode.Decompress);
        using var content = new MemoryStream();
        gzip.CopyTo(content);
        return content.Length;
    }

    /// <summary>The "billion laughs": ten entities, each of them ten times the one before.</summary>
    public static string BillionLaughs()
    {
        var document = new StringBuilder("<?xml version=\"1.0\"?><!DOCTYPE lolz [<!ENTITY lol0 \"lol\">");
        for (var level = 1; level <= 9; level++)
            document.Append($"<!ENTITY lol{level} \"").Insert(document.Length, $"&lol{level - 1};", 10).Append("\">");
        return document.Append("]><lolz>&lol9;</lolz>").ToString();
    }

    /// <summary>Reads a document as old code does, with document types and without a limit, and returns the length of its text.</summary>
    public static int ReadXml(string document)
    {
        var settings = new XmlReaderSettings { DtdProcessing = DtdProcessing.Parse, MaxCharactersFromEntities = 0 };
        using var reader = XmlReader.Create(new StringReader(document), settings);
        reader.MoveToContent();
        return reader.ReadElementContentAsString().Length;
    }

    /// <summary>Creates a discussion in which each comment replies to the previous one, this many levels deep.</summary>
    public static string NestedComments(int depth)
        => new StringBuilder().Insert(0, "{\"Replies\":[", depth).Insert(depth * 12, "]}", depth).ToString();

    /// <summary>Counts the comments of a discussion, with the parser's depth limit turned off.</summary>
    public static int CountComments(string json)
    {
        var discussion = JsonSerializer.Deserialize<Comment>(json, new JsonSerializerOptions { MaxDepth = int.MaxValue });
        return discussion!.Count();
    }

    internal sealed class Comment
    {
        public List<Comment> Replies { get; set; } = [];

        public int Count() => 1 + Replies.Sum(reply => reply.Count());
    }
}
